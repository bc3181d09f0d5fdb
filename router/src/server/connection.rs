//! HTTP on one connection, until it closes or becomes a socket.

use super::{
    canonical,
    clock::{Clock, Expired, Stage},
    released::released,
    request_body::{RequestBody, Unread},
    response_body::ResponseBody,
    stream::HttpStream,
    timer::Timer,
};
use crate::{
    app::{App, Responding, Timeouts},
    connection_count::ConnectionCount,
    live::LiveCount,
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

/// The maximum size of hyper's buffers for reading and writing, unless `max_head` requires a larger one.
const BUFFER: usize = 64 * 1024;

/// hyper stops reading a head that is longer than `max_head` by this number of bytes, and closes the
/// connection. A head that is complete before this point is refused by the app, and the connection
/// remains usable.
const HEAD_EXCESS: usize = 8 * 1024;

/// The number of header fields for which hyper needs no allocation per request.
const FIELDS_WITHOUT_ALLOCATION: usize = 100;

/// The maximum length of a request body that may be left unread without `Connection: close`: the rest of
/// it is read and discarded before the response is sent.
const SMALL_BODY: u64 = 16 * 1024;

/// If the server begins to shut down while a request head is arriving: the time within which the head must be
/// complete, from its first bytes.
const HEAD_GRACE: Duration = Duration::from_millis(100);

/// The interval between two checks of a connection while the server shuts down. The first check closes
/// idle connections. A request that arrives before the first check is answered with `Connection: close`.
const LOOK: Duration = Duration::from_secs(1);

/// The server's HTTP connections.
pub(super) struct Connections {
    app: Arc<App>,
    http: http1::Builder,
    timeouts: Timeouts,
    stage: Mutex<Stage>,
    /// The clocks of the connections to which the stage applies.
    registry: Arc<Registry<Clock>>,
    live: LiveCount,
    count: Arc<ConnectionCount>,
}

impl Connections {
    pub(super) fn new(app: Arc<App>, timeouts: Timeouts, count: Arc<ConnectionCount>) -> Self {
        let limits = app.head_limits();
        let mut http = http1::Builder::new();
        // `pipeline_flush` is not used, because it delays a 101 if frames have already arrived after the
        // request. `header_read_timeout` is not used, because it is a single limit for heads and idle
        // connections.
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
            live: LiveCount::new(),
            count,
        }
    }

    /// The number of connections, including those that became sockets.
    pub(super) fn count(&self) -> &ConnectionCount {
        &self.count
    }

    /// Serves a connection, or closes it if its client has too many connections.
    pub(super) fn serve<S>(&self, stream: S, remote: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let remote = canonical(remote);
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
            // The connection is not moved into a variable of this block, because the future would store
            // that variable in addition to the captured one.
            let pinned = Pin::new(&mut connection);
            let shut_down = UpgradeableConnection::graceful_shutdown;
            let mut ended = drive(pinned, shut_down, &clock, &timeouts).await;
            // Dropped before `_live`, so that the server does not count the connection as ended while its
            // stream is still open.
            drop(connection);
            // hyper hands the connection over whenever a request had the header `Upgrade`.
            let on_upgrade = served.on_upgrade.lock().take();
            let accepted = served.accepted.lock().take();
            let on_upgrade = on_upgrade.filter(|_| ended.is_ok());
            match (accepted, on_upgrade) {
                (Some(accepted), Some(on_upgrade)) => {
                    let has_begun = accepted.begin(|| given(on_upgrade).map(released));
                    if has_begun {
                        slot.hand_over();
                    }
                }
                // Releases the place that was reserved for the socket.
                (Some(accepted), None) => accepted.discard(),
                (None, Some(on_upgrade)) => {
                    // Rare, so the future is boxed: other connections reserve no space for it.
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

    /// Lets requests in progress complete, and closes idle connections a second later.
    ///
    /// Connections that became sockets are not affected.
    pub(super) fn begin_shutdown(&self) {
        self.enter_stage(Stage::Finishing);
    }

    /// Resolves when all HTTP connections have ended.
    pub(super) async fn ended(&self) {
        self.live.alone().await;
    }

    /// Closes the remaining connections.
    pub(super) fn cut_off(&self) {
        self.enter_stage(Stage::CutOff);
    }

    /// Adds a connection to the registry, so that it is notified when the stage changes.
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

/// Closes all connections, in case the server is dropped without a shutdown.
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

/// State shared by the requests of one connection.
struct Served {
    app: Arc<App>,
    clock: Arc<Clock>,
    remote: SocketAddr,
    /// Set by a request with the header `Upgrade`: the future through which hyper finally hands over the
    /// connection.
    on_upgrade: Mutex<Option<OnUpgrade>>,
    /// The upgrade of the connection, if the response was a 101.
    accepted: Mutex<Option<PendingUpgrade>>,
}

impl Served {
    fn respond(self: Arc<Self>, request: http::Request<Incoming>) -> RespondFuture {
        let has_body = !request.body().is_end_stream();
        // First of all, because hyper may read before it polls the response.
        let number = self.clock.begin_request(has_body);
        if let Some(on_upgrade) = request.extensions().get::<OnUpgrade>() {
            *self.on_upgrade.lock() = Some(on_upgrade.clone());
        }
        // A client that sent `Expect` waits for a 100, which is sent when the body is first read. The body of
        // such a request is not read only to be discarded.
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

/// Returns the value of `Content-Length`, or `u64::MAX` without one, because the body may then be of any
/// length.
fn declared_length<B>(request: &http::Request<B>) -> u64 {
    content_length(request.headers()).unwrap_or(u64::MAX)
}

/// Resolves to the response that the connection sends for a request.
struct RespondFuture {
    step: Step,
    served: Arc<Served>,
    /// The number of the request on this connection.
    number: u64,
    /// Whether the rest of the request's body may be read and discarded, and where that rest is stored.
    is_small: bool,
    unread: Option<Unread>,
}

enum Step {
    Responding(Responding),
    /// The rest of the request's body is being read and discarded, so that the connection can be kept
    /// open.
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
                        .expect("a future must not be polled after it has completed");
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
            // Appended, because a 426 already has the value `Upgrade` in this header.
            let close = HeaderValue::from_static("close");
            if headers.get(CONNECTION) != Some(&close) {
                headers.append(CONNECTION, close);
            }
        }
        response.map(|body| ResponseBody::new(body, clock.clone()))
    }
}

/// Returns the connection if hyper has handed it over. Once hyper's own future has ended, the result no
/// longer changes.
fn given(mut on_upgrade: OnUpgrade) -> Option<Upgraded> {
    let mut cx = Context::from_waker(Waker::noop());
    match Pin::new(&mut on_upgrade).poll(&mut cx) {
        Poll::Ready(upgraded) => upgraded.ok(),
        Poll::Pending => None,
    }
}

/// Closes, in stages, a connection that hyper handed over for an upgrade that was not accepted. hyper
/// itself does not close such a connection in stages; see `stream`.
async fn shut_down_upgradable(on_upgrade: OnUpgrade) -> hyper::Result<()> {
    let Some(mut upgraded) = given(on_upgrade) else {
        return Ok(());
    };
    // Fails if the client has already disconnected, which ends the connection as well.
    let _ = poll_fn(|cx| Pin::new(&mut upgraded).poll_shutdown(cx)).await;
    Ok(())
}

/// Runs a connection until it ends. The error is the reason for an irregular end.
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
    // The time of the next check, during the shutdown.
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
            if let Some(Expired::Connection(limit)) = clock.take_expired(timeouts) {
                return Poll::Ready(Err(format!("{limit} has expired")));
            }
            let Some(at) = look.filter(|at| *at <= Instant::now()) else {
                continue;
            };
            if clock.head_since().is_some() {
                return Poll::Ready(Err(HALF_A_HEAD.to_owned()));
            }
            if clock.is_held_up_by_client(LOOK) {
                let reason = "the server is shutting down, and the client is too slow";
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
            // The type of the body reported a wrong length.
            log::error!(%error, "the body of a response ended too early");
            Ok(())
        }
        // The failure of the body has already been logged with its handler.
        Err(error) if error.is_user() => Ok(()),
        Err(error) => Err(error.to_string()),
        Ok(()) => Ok(()),
    }
}

/// Returns the time of the first check, when the server begins to shut down.
fn first_look(clock: &Clock) -> Instant {
    match clock.head_since() {
        Some(since) => since + HEAD_GRACE,
        None => Instant::now() + LOOK,
    }
}

const HALF_A_HEAD: &str = "the server is shutting down, and the request head is incomplete";
