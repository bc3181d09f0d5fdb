//! HTTP on one connection, until it closes or becomes a socket.

use super::{
    Joined,
    clock::{Clock, Expired, Timeouts},
    outgoing::Outgoing,
    received::Received,
    timer::Timer,
};
use crate::{
    app::{App, Responding},
    live::Live,
    log,
    web::Body,
};
use http::{
    HeaderValue, StatusCode,
    header::{CONNECTION, CONTENT_LENGTH},
};
use http_body::Body as _;
use hyper::{
    body::Incoming,
    server::conn::http1::{self, UpgradeableConnection},
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use std::{
    convert::Infallible,
    future::poll_fn,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
    time::Instant,
};

/// The longest head of a request.
const MAX_HEAD: usize = 64 * 1024;

/// What of a request's body may be left unread without a `Connection: close`: hyper reads that much
/// away, if it has arrived.
const SMALL_BODY: u64 = 16 * 1024;

/// How often a connection is looked at while the server shuts down. The first look closes idle
/// connections: until then a request that is on its way is answered, with `Connection: close`.
const LOOK: Duration = Duration::from_secs(1);

/// How far the end of the server has gone, as connections see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Serving,
    /// Requests that are under way end; what is idle is closed.
    Finishing,
    CutOff,
}

/// The connections that speak HTTP.
pub(super) struct Connections {
    app: Arc<App>,
    http: http1::Builder,
    timeouts: Timeouts,
    stage: watch::Sender<Stage>,
    live: Live,
}

impl Connections {
    pub(super) fn new(app: Arc<App>, timeouts: Timeouts) -> Self {
        let mut http = http1::Builder::new();
        // Not with `pipeline_flush`: it holds back a 101 that frames have come behind already. Not
        // with `header_read_timeout`: it is one time for heads and idle connections.
        http.max_buf_size(MAX_HEAD);
        Self {
            app,
            http,
            timeouts,
            stage: watch::Sender::new(Stage::Serving),
            live: Live::new(),
        }
    }

    pub(super) fn serve<S>(&self, stream: S, remote: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        // A listener on `[::]` has IPv4 clients, too: they are shown by their own address.
        let remote = SocketAddr::new(remote.ip().to_canonical(), remote.port());
        let clock = Arc::new(Clock::new());
        let served = Arc::new(Served {
            app: self.app.clone(),
            clock: clock.clone(),
            remote,
        });
        let stage = self.stage.subscribe();
        let service = service_fn(move |request| served.clone().respond(request));
        let stream = TokioIo::new(Joined::new(stream, clock.clone()));
        let connection = self.http.serve_connection(stream, service).with_upgrades();
        let (timeouts, live) = (self.timeouts, self.live.clone());
        tokio::spawn(async move {
            let _live = live;
            let connection = pin!(connection);
            let shut_down = UpgradeableConnection::graceful_shutdown;
            if let Err(reason) = drive(connection, shut_down, &clock, &timeouts, stage).await {
                log::debug!(%remote, reason, "connection ended");
            }
        });
    }

    /// Lets requests that are under way end, and closes what is idle.
    ///
    /// Connections that became sockets are not among these.
    pub(super) async fn finish(&self) {
        self.stage.send_replace(Stage::Finishing);
        self.live.alone().await;
    }

    /// Closes those that are left.
    pub(super) fn cut_off(&self) {
        self.stage.send_replace(Stage::CutOff);
    }
}

/// What the requests of one connection share.
struct Served {
    app: Arc<App>,
    clock: Arc<Clock>,
    remote: SocketAddr,
}

impl Served {
    fn respond(self: Arc<Self>, request: http::Request<Incoming>) -> Answer {
        let has_body = !request.body().is_end_stream();
        // Before anything else: hyper may read before it polls the response.
        self.clock.begin_request(has_body);
        let is_small = !has_body || declared_length(&request) <= SMALL_BODY;
        let request = request.map(|body| {
            if has_body {
                Body::new(Received::new(body, self.clock.clone()))
            } else {
                Body::empty()
            }
        });
        Answer {
            responding: self.app.respond(request, self.remote),
            served: self,
            is_small,
        }
    }
}

/// What `Content-Length` says; a body without one may be of any length.
fn declared_length<B>(request: &http::Request<B>) -> u64 {
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    length.unwrap_or(u64::MAX)
}

/// The response to a request, as the connection sends it.
struct Answer {
    responding: Responding,
    served: Arc<Served>,
    /// Whether the rest of the request's body can be read away.
    is_small: bool,
}

impl Future for Answer {
    type Output = Result<http::Response<Outgoing>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut response = ready!(Pin::new(&mut self.responding).poll(cx));
        let clock = &self.served.clock;
        let switches = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        if clock.is_last(self.is_small) && !switches {
            let headers = response.headers_mut();
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Poll::Ready(Ok(response.map(|body| Outgoing::new(body, clock.clone()))))
    }
}

/// Runs a connection to its end. The error says why it was not a regular one.
async fn drive<C>(
    mut connection: Pin<&mut C>,
    shut_down: impl Fn(Pin<&mut C>),
    clock: &Clock,
    timeouts: &Timeouts,
    mut stage: watch::Receiver<Stage>,
) -> Result<(), String>
where
    C: Future<Output = hyper::Result<()>>,
{
    let mut timer = Timer::new();
    let mut look: Option<Instant> = None;
    loop {
        let next = || {
            let deadlines = clock.deadline(timeouts).into_iter().chain(look);
            deadlines.min()
        };
        tokio::select! {
            // Without a random choice, and without a look at the stage for each request.
            biased;
            result = connection.as_mut() => return match result {
                // Of a body that failed, its route has told.
                Err(error) if !error.is_user() => Err(error.to_string()),
                Ok(()) | Err(_) => Ok(()),
            },
            changed = stage.changed() => match *stage.borrow_and_update() {
                // The server was dropped where it stood.
                _ if changed.is_err() => return Ok(()),
                Stage::Serving => {}
                Stage::Finishing if clock.finish() => return Err(HALF_A_HEAD.to_owned()),
                Stage::Finishing => look = Some(Instant::now() + LOOK),
                Stage::CutOff => return Ok(()),
            },
            () = poll_fn(|cx| timer.poll_past(cx, next)) => {
                if let Some(Expired::Connection(option)) = clock.expired(timeouts) {
                    return Err(format!("{option} has passed"));
                }
                let Some(at) = look.filter(|at| *at <= Instant::now()) else {
                    continue;
                };
                if clock.is_in_head() {
                    return Err(HALF_A_HEAD.to_owned());
                }
                if clock.is_held_up_by_client() {
                    return Err("the server shuts down, and the client is too slow".to_owned());
                }
                shut_down(connection.as_mut());
                look = Some(at + LOOK);
            }
        }
    }
}

const HALF_A_HEAD: &str = "the server shuts down, and the request's head is not complete";
