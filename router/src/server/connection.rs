//! HTTP on one connection, until it closes or becomes a socket.

use super::{
    HttpStream,
    clock::{Clock, Expired, Stage, Timeouts},
    request_body::{RequestBody, Unread},
    response_body::ResponseBody,
    timer::Timer,
};
use crate::{
    app::{App, Responding},
    connection_count::ConnectionCount,
    live::Live,
    log, memory,
    registry::Registry,
    web::{Body, IntoResponse as _, Response, content_length},
    websocket::PendingUpgrade,
};
use http::{
    HeaderValue, StatusCode,
    header::{CONNECTION, EXPECT},
};
use http_body::Body as _;
use hyper::{
    body::Incoming,
    rt::Write as _,
    server::conn::http1::{self, UpgradeableConnection},
    service::service_fn,
    upgrade::{OnUpgrade, Upgraded},
};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use std::{
    convert::Infallible,
    future::poll_fn,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::Instant,
};

/// hyper's buffer for reading and writing, if `max_head` does not need a larger one.
const BUFFER: usize = 64 * 1024;

/// hyper gives up a head that is this much longer than `max_head`, and closes the connection. A head that
/// is complete before is refused by the app, and the connection remains usable.
const HEAD_EXCESS: usize = 8 * 1024;

/// The number of header fields for which hyper needs no allocation per request.
const FIELDS_WITHOUT_ALLOCATION: usize = 100;

/// The longest request body that may be left unread without a `Connection: close`: the rest of it is
/// read away before the response is sent.
const SMALL_BODY: u64 = 16 * 1024;

/// How long the rest of a head may take that has begun to arrive when the server shuts down.
const HEAD_GRACE: Duration = Duration::from_millis(100);

/// How often a connection is looked at while the server shuts down. The first look closes idle
/// connections: until then a request that is on its way is answered, with `Connection: close`.
const LOOK: Duration = Duration::from_secs(1);

/// The connections that speak HTTP.
pub(super) struct Connections {
    app: Arc<App>,
    http: http1::Builder,
    timeouts: Timeouts,
    stage: Mutex<Stage>,
    /// Those whom the stage concerns.
    registry: Arc<Registry<Clock>>,
    live: Live,
    count: Arc<ConnectionCount>,
}

impl Connections {
    pub(super) fn new(app: Arc<App>, timeouts: Timeouts, count: Arc<ConnectionCount>) -> Self {
        let limits = app.head_limits();
        let mut http = http1::Builder::new();
        // Not with `pipeline_flush`: it holds back a 101 that frames have come behind already. Not
        // with `header_read_timeout`: it is one time for heads and idle connections.
        let longest_head = limits.bytes + HEAD_EXCESS;
        // Applies to trailer fields as well.
        http.max_header_size(longest_head);
        http.max_buf_size(BUFFER.max(longest_head));
        if limits.fields != FIELDS_WITHOUT_ALLOCATION {
            http.max_headers(limits.fields);
        }
        Self {
            app,
            http,
            timeouts,
            stage: Mutex::new(Stage::Serving),
            registry: Arc::default(),
            live: Live::new(),
            count,
        }
    }

    /// The number of connections, those that became sockets included.
    pub(super) fn count(&self) -> &ConnectionCount {
        &self.count
    }

    /// Serves a connection, or closes it if its client has too many.
    pub(super) fn serve<S>(&self, stream: S, remote: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        // A listener on `[::]` has IPv4 clients, too: they are shown by their own address.
        let remote = SocketAddr::new(remote.ip().to_canonical(), remote.port());
        let Some(slot) = self.count.admit(remote) else {
            return;
        };
        let clock = Arc::new(Clock::new());
        let listed = self.list(&clock);
        let served = Arc::new(Served {
            app: self.app.clone(),
            clock: clock.clone(),
            remote,
            on_upgrade: Mutex::new(None),
            accepted: Mutex::new(None),
        });
        let service = {
            let served = served.clone();
            service_fn(move |request| served.clone().respond(request))
        };
        let stream = TokioIo::new(HttpStream::new(stream, clock.clone()));
        let mut connection = self.http.serve_connection(stream, service).with_upgrades();
        let (timeouts, live) = (self.timeouts, self.live.clone());
        tokio::spawn(async move {
            let _live = live;
            let _listed = listed;
            // Not moved into a variable of this block, which would be kept beside the captured one.
            let connection = Pin::new(&mut connection);
            let shut_down = UpgradeableConnection::graceful_shutdown;
            let mut ended = drive(connection, shut_down, &clock, &timeouts).await;
            // hyper gives the connection away whenever a request had the header `Upgrade`.
            let on_upgrade = served.on_upgrade.lock().take();
            let accepted = served.accepted.lock().take();
            let on_upgrade = on_upgrade.filter(|_| ended.is_ok());
            match (accepted, on_upgrade) {
                (Some(accepted), Some(on_upgrade)) => {
                    let has_begun = accepted.begin(|| given(on_upgrade));
                    if has_begun {
                        slot.hand_over();
                    }
                }
                // The socket's place is free again.
                (Some(accepted), None) => accepted.discard(),
                (None, Some(on_upgrade)) => {
                    // Rare, and boxed so that other connections have no room for it.
                    let mut rest = Box::pin(shut_down_upgradable(on_upgrade));
                    ended = drive(rest.as_mut(), |_| {}, &clock, &timeouts).await;
                }
                (None, None) => {}
            }
            if let Err(reason) = ended {
                log::debug!(%remote, reason, "connection ended");
            }
        });
    }

    /// Lets requests that are under way end, and closes what is idle a second later.
    ///
    /// Connections that became sockets are not among these.
    pub(super) fn begin_shutdown(&self) {
        self.enter_stage(Stage::Finishing);
    }

    /// Resolves when all of them have ended.
    pub(super) async fn ended(&self) {
        self.live.alone().await;
    }

    /// Closes those that are left.
    pub(super) fn cut_off(&self) {
        self.enter_stage(Stage::CutOff);
    }

    /// Lists a connection, so that it learns of the stage.
    fn list(&self, clock: &Arc<Clock>) -> Listed {
        let (place, stage) = self.registry.enter(clock, || *self.stage.lock());
        if stage != Stage::Serving {
            clock.enter_stage(stage);
        }
        Listed {
            registry: self.registry.clone(),
            place,
        }
    }

    fn enter_stage(&self, stage: Stage) {
        self.registry.change(|| *self.stage.lock() = stage);
        for clock in self.registry.slices().flatten() {
            clock.enter_stage(stage);
        }
    }
}

/// The server is dropped where it stands.
impl Drop for Connections {
    fn drop(&mut self) {
        self.cut_off();
    }
}

/// A connection's place in the registry.
struct Listed {
    registry: Arc<Registry<Clock>>,
    place: u32,
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.registry.leave(self.place);
    }
}

/// What the requests of one connection share.
struct Served {
    app: Arc<App>,
    clock: Arc<Clock>,
    remote: SocketAddr,
    /// Of a request that asked for another protocol: where hyper puts the connection in the end.
    on_upgrade: Mutex<Option<OnUpgrade>>,
    /// What becomes of it, if the response was a 101.
    accepted: Mutex<Option<PendingUpgrade>>,
}

impl Served {
    fn respond(self: Arc<Self>, request: http::Request<Incoming>) -> RespondFuture {
        let has_body = !request.body().is_end_stream();
        // Before anything else: hyper may read before it polls the response.
        let number = self.clock.begin_request(has_body);
        if let Some(on_upgrade) = request.extensions().get::<OnUpgrade>() {
            *self.on_upgrade.lock() = Some(on_upgrade.clone());
        }
        // A client that waits for a 100 sends the body only if somebody reads it.
        let is_small = !has_body
            || (declared_length(&request) <= SMALL_BODY && !request.headers().contains_key(EXPECT));
        let unread = (has_body && is_small).then(Unread::default);
        let (head, body) = request.into_parts();
        let body = if has_body {
            let clock = self.clock.clone();
            Body::new(RequestBody::new(body, clock, number, unread.clone()))
        } else {
            Body::empty()
        };
        RespondFuture {
            step: Step::Responding(self.app.respond(head, body, self.remote)),
            served: self,
            number,
            is_small,
            unread,
        }
    }
}

/// What `Content-Length` says; a body without one may be of any length.
fn declared_length<B>(request: &http::Request<B>) -> u64 {
    content_length(request.headers()).unwrap_or(u64::MAX)
}

/// The response to a request, as the connection sends it.
struct RespondFuture {
    step: Step,
    served: Arc<Served>,
    /// The number of the request on this connection.
    number: u64,
    /// Whether what is left of the request's body can be read away, and where it is.
    is_small: bool,
    unread: Option<Unread>,
}

enum Step {
    Responding(Responding),
    /// The rest of the request's body is read away, so that the connection can be kept.
    Draining(Pin<Box<dyn Future<Output = ()> + Send>>, Option<Response>),
}

impl Future for RespondFuture {
    type Output = Result<http::Response<ResponseBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let response = match &mut self.step {
                Step::Responding(responding) => ready!(Pin::new(responding).poll(cx)),
                Step::Draining(drain, response) => {
                    ready!(drain.as_mut().poll(cx));
                    let response = response
                        .take()
                        .expect("a future is not polled after its end");
                    return Poll::Ready(Ok(self.finished(response)));
                }
            };
            let Some(rest) = self.unread.as_ref().and_then(Unread::take) else {
                return Poll::Ready(Ok(self.finished(response)));
            };
            let clock = self.served.clock.clone();
            let rest = RequestBody::new(rest, clock, self.number, None);
            self.step = Step::Draining(Box::pin(rest.drain()), Some(response));
        }
    }
}

impl RespondFuture {
    fn finished(&self, mut response: Response) -> http::Response<ResponseBody> {
        let clock = &self.served.clock;
        let owned = response.body().owned();
        if owned > memory::SMALL {
            if memory::is_full() {
                response = (StatusCode::SERVICE_UNAVAILABLE, memory::USED_UP).into_response();
            } else {
                clock.begin_response(owned);
            }
        }
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            clock.upgrade();
            *self.served.accepted.lock() = response.extensions_mut().remove();
        } else if clock.is_last(self.is_small) {
            let headers = response.headers_mut();
            // A 426 says `Upgrade` there.
            let close = HeaderValue::from_static("close");
            if headers.get(CONNECTION) != Some(&close) {
                headers.append(CONNECTION, close);
            }
        }
        response.map(|body| ResponseBody::new(body, clock.clone()))
    }
}

/// The connection, if hyper has given it away. By the end of its own future it has, or never will.
fn given(mut on_upgrade: OnUpgrade) -> Option<Upgraded> {
    let mut cx = Context::from_waker(Waker::noop());
    match Pin::new(&mut on_upgrade).poll(&mut cx) {
        Poll::Ready(upgraded) => upgraded.ok(),
        Poll::Pending => None,
    }
}

/// Sees a connection out that hyper has given away for an upgrade which nobody accepted: then it does not
/// close the connection in stages.
async fn shut_down_upgradable(on_upgrade: OnUpgrade) -> hyper::Result<()> {
    let Some(mut upgraded) = given(on_upgrade) else {
        return Ok(());
    };
    // Fails when the client is gone, which is an end as well.
    let _ = poll_fn(|cx| Pin::new(&mut upgraded).poll_shutdown(cx)).await;
    Ok(())
}

/// Runs a connection to its end. The error says why it was not a regular one.
async fn drive<C>(
    mut connection: Pin<&mut C>,
    shut_down: impl Fn(Pin<&mut C>),
    clock: &Clock,
    timeouts: &Timeouts,
) -> Result<(), String>
where
    C: Future<Output = hyper::Result<()>>,
{
    let mut timer = Timer::new();
    // During the shutdown: when the connection is looked at.
    let mut look = None;
    poll_fn(move |cx| {
        loop {
            if let Poll::Ready(result) = connection.as_mut().poll(cx) {
                return Poll::Ready(ended(result));
            }
            let (stage, deadline) = clock.wait(timeouts, cx.waker());
            match stage {
                Stage::Serving => {}
                Stage::Finishing => look = look.or_else(|| Some(first_look(clock))),
                Stage::CutOff => return Poll::Ready(Ok(())),
            }
            ready!(timer.poll_past(cx, deadline.into_iter().chain(look).min()));
            if let Some(Expired::Connection(option)) = clock.take_expired(timeouts) {
                return Poll::Ready(Err(format!("{option} has passed")));
            }
            let Some(at) = look.filter(|at| *at <= Instant::now()) else {
                continue;
            };
            if clock.head_since().is_some() {
                return Poll::Ready(Err(HALF_A_HEAD.to_owned()));
            }
            if clock.is_held_up_by_client(LOOK) {
                let reason = "the server shuts down, and the client is too slow";
                return Poll::Ready(Err(reason.to_owned()));
            }
            shut_down(connection.as_mut());
            look = Some(at.max(Instant::now()) + LOOK);
        }
    })
    .await
}

fn ended(result: hyper::Result<()>) -> Result<(), String> {
    match result {
        Err(error) if error.is_body_write_aborted() => {
            // Its type says how long it is, and is wrong.
            log::error!(%error, "the body of a response ended too early");
            Ok(())
        }
        // Of a body that failed, its handler has told.
        Err(error) if error.is_user() => Ok(()),
        Err(error) => Err(error.to_string()),
        Ok(()) => Ok(()),
    }
}

/// The server begins to shut down: when the connection is looked at first.
fn first_look(clock: &Clock) -> Instant {
    match clock.head_since() {
        Some(since) => since + HEAD_GRACE,
        None => Instant::now() + LOOK,
    }
}

const HALF_A_HEAD: &str = "the server shuts down, and the request's head is not complete";
