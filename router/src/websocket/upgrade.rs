//! From an accepted request to a session.

use super::{
    UpgradeError, WebSocket, access,
    endpoint::{Phase, Seat},
    handshake::{self, Kind, asks_for_websocket},
    negotiation::{Agreement, negotiate},
    session::{self, Start},
};
use crate::{
    frame::Inflation,
    log, memory,
    outbox::{Settings, Transport},
    server::HttpStream,
    web::{FromRequest, Rejection, Request, Response, internal_error},
};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use hyper::upgrade::{Parts, Upgraded};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use std::{
    fmt,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::net::TcpStream;

/// A request that can become a socket of module `M`: the argument of a route that upgrades by
/// hand (bun-router's `router.upgrade`).
///
/// Only routes of `M` itself can ask for it. As an argument it refuses a request that is no proper
/// handshake with 400, 405 or 426, and what the options don't allow with 400, 403 or 503.
/// `Result<Upgrade<Self>, UpgradeError>` passes the refusal to the route, which cannot answer it with
/// 2xx. `Option<Upgrade<Self>>` is `None` for requests that ask for no socket.
///
/// # Examples
///
/// ```
/// use router::prelude::*;
///
/// struct Chat;
///
/// #[websocket(data = String)]
/// impl Chat {
///     #[route(get, "/chat")]
///     fn chat(&self, headers: &HeaderMap, upgrade: Upgrade<Self>) -> Result<Response, StatusCode> {
///         let user = headers.get("x-user").and_then(|user| user.to_str().ok());
///         let user = user.ok_or(StatusCode::UNAUTHORIZED)?;
///         Ok(upgrade.header("x-welcome", "yes").accept(user.to_owned()))
///     }
/// }
/// ```
pub struct Upgrade<M> {
    module: Arc<M>,
    seat: Seat,
    pending: PendingUpgrade,
    remote: SocketAddr,
    accept: HeaderValue,
    protocol: u8,
    deflate: Option<Agreement>,
    headers: HeaderMap,
    /// What is wrong with a header that was added.
    fault: Option<String>,
}

impl<M: WebSocket> FromRequest<M> for Upgrade<M> {
    type Rejection = UpgradeError;

    async fn from_request(module: &Arc<M>, request: &mut Request) -> Result<Self, UpgradeError> {
        // From here on the request is refused unless it is accepted, also where it is no proper one.
        if let Some(pending) = PendingUpgrade::of(request.head().extensions()) {
            pending.ask_for();
        }
        Self::read(module, request).map_err(|kind| {
            handshake::log_refusal(kind, request);
            UpgradeError::new(kind)
        })
    }

    /// A request that does not ask to become a socket has none.
    async fn from_request_optional(
        module: &Arc<M>,
        request: &mut Request,
    ) -> Result<Option<Self>, Rejection> {
        if !asks_for_websocket(request.head().headers()) {
            return Ok(None);
        }
        Ok(Some(Self::from_request(module, request).await?))
    }
}

impl<M: WebSocket> Upgrade<M> {
    fn read(module: &Arc<M>, request: &mut Request) -> Result<Self, Kind> {
        let accept = handshake::check(request.head())?;
        let endpoint = request.endpoint();
        let (options, headers) = (&endpoint.options, request.head().headers());
        if !access::admits_origin(options.origins, headers) {
            return Err(Kind::Origin);
        }
        let protocol = access::choose_protocol(options.protocols, headers)?;
        let deflate = negotiate(options.per_message_deflate, headers);
        if endpoint.phase() >= Phase::Stopping {
            return Err(Kind::Stopping);
        }
        if memory::is_full() {
            return Err(Kind::OutOfMemory);
        }
        let seat = Seat::take(endpoint).ok_or(Kind::Full)?;
        // Another service in between may have taken the connection.
        request.take_upgrade().ok_or(Kind::Taken)?;
        let pending = PendingUpgrade::of(request.head().extensions());
        let pending = pending.filter(PendingUpgrade::take).ok_or(Kind::Taken)?;
        Ok(Self {
            module: module.clone(),
            seat,
            pending,
            remote: request.head().remote_addr(),
            accept,
            protocol,
            deflate,
            headers: HeaderMap::new(),
            fault: None,
        })
    }

    /// Adds a header to the 101 response; several of one name are all sent.
    ///
    /// A name or value that is no valid header (a line break in it, say), or a header that is the
    /// handshake's own (`Connection`, `Upgrade`, `Sec-WebSocket-Accept`, …), makes
    /// [`accept`](Self::accept) answer 500 instead, and the log says why.
    #[must_use]
    pub fn header(
        mut self,
        name: impl TryInto<HeaderName>,
        value: impl TryInto<HeaderValue>,
    ) -> Self {
        match (name.try_into(), value.try_into()) {
            (Ok(name), _) if handshake::is_reserved(&name) => {
                self.fault = Some(format!("header `{name}` belongs to the handshake"));
            }
            (Ok(name), Ok(value)) => {
                self.headers.append(name, value);
            }
            (Ok(name), Err(_)) => {
                self.fault = Some(format!(
                    "the value of header `{name}` has forbidden characters"
                ));
            }
            (Err(_), _) => self.fault = Some("a header's name is not valid".to_owned()),
        }
        self
    }

    /// Declines permessage-deflate for this connection, whatever the options and the client's offer
    /// say: some clients cannot read compressed messages although they offer to (Safari, in some of its
    /// versions).
    #[must_use]
    pub fn without_compression(mut self) -> Self {
        self.deflate = None;
        self
    }

    /// Accepts: the socket opens, with `data`, when this response has been sent.
    pub fn accept(self, data: M::Data) -> Response {
        let Self {
            module,
            seat,
            pending,
            remote,
            accept,
            protocol,
            deflate,
            headers,
            fault,
        } = self;
        if let Some(fault) = fault {
            log::limited!(
                error,
                module = seat.name,
                fault = log::plain(fault),
                "an upgrade was refused"
            );
            return internal_error();
        }
        let options = &seat.options;
        let chosen = options.protocols.get(usize::from(protocol).wrapping_sub(1));
        let chosen = chosen.copied();
        let settings = Settings {
            limit: options.backpressure_limit as u32,
            on_slow: options.on_slow,
            publish_to_self: options.publish_to_self,
            protocol,
            window: deflate.as_ref().map_or(0, |deflate| deflate.window),
            takeover: deflate.as_ref().is_some_and(|deflate| deflate.takeover),
            deflation: options.deflation(),
            inflation: match &deflate {
                Some(deflate) => deflate.inflation,
                None => Inflation::Refused,
            },
        };
        let extensions = deflate.map(|deflate| deflate.answer);
        pending.accept(Box::new(move |transport, early| {
            session::spawn(Start {
                module,
                seat,
                transport,
                remote,
                settings,
                data,
                early,
            });
        }));
        handshake::switching_protocols(accept, chosen, extensions, headers)
    }
}

/// A request that asks for an upgrade, between the handler that may accept it and the connection, which
/// sees the response that is sent. In between, a layer may send another one.
#[derive(Clone)]
pub(crate) struct PendingUpgrade(Arc<Pending>);

struct Pending {
    /// Whether a handler asked for the upgrade: then the request was a handshake that was either
    /// accepted or refused.
    is_asked_for: AtomicBool,
    /// Whether an [`Upgrade`] was made for this request. There is at most one.
    is_taken: AtomicBool,
    /// What begins the session, if it was accepted.
    begin: Mutex<Option<Begin>>,
}

/// What begins a session: with the connection's stream, and what came behind the request.
type Begin = Box<dyn FnOnce(Transport, Vec<u8>) + Send>;

impl PendingUpgrade {
    /// Attaches one to a request.
    pub(crate) fn attach(extensions: &mut Extensions) -> Self {
        let pending = Self(Arc::new(Pending {
            is_asked_for: AtomicBool::new(false),
            is_taken: AtomicBool::new(false),
            begin: Mutex::new(None),
        }));
        extensions.insert(pending.clone());
        pending
    }

    pub(crate) fn of(extensions: &Extensions) -> Option<Self> {
        extensions.get().cloned()
    }

    pub(crate) fn is_asked_for(&self) -> bool {
        self.0.is_asked_for.load(Ordering::Relaxed)
    }

    /// Notes that a handler has asked whether it can upgrade the request.
    pub(crate) fn ask_for(&self) {
        self.0.is_asked_for.store(true, Ordering::Relaxed);
    }

    /// Returns whether this is the first time.
    fn take(&self) -> bool {
        !self.0.is_taken.swap(true, Ordering::Relaxed)
    }

    fn accept(&self, begin: Begin) {
        *self.0.begin.lock() = Some(begin);
    }

    /// Gives the socket's place back, because a response other than the 101 is sent.
    pub(crate) fn discard(&self) {
        drop(self.0.begin.lock().take());
    }

    /// Begins the session on the connection that hyper has `given` away. Returns `false`, and does nothing,
    /// if the client went away, or if the 101 is another service's, which takes the connection itself.
    pub(crate) fn begin(&self, given: impl FnOnce() -> Option<Upgraded>) -> bool {
        let Some(begin) = self.0.begin.lock().take() else {
            return false;
        };
        let Some(upgraded) = given() else {
            return false;
        };
        match upgraded.downcast::<TokioIo<HttpStream<TcpStream>>>() {
            // The buffer is hyper's, and large: what it holds is copied.
            Ok(Parts { io, read_buf, .. }) => {
                let stream = io.into_inner().into_inner();
                begin(Transport::Tcp(stream), read_buf.to_vec());
            }
            // Any other stream stays in hyper's hands, which reads from the buffer first.
            Err(upgraded) => begin(Transport::boxed(TokioIo::new(upgraded)), Vec::new()),
        }
        true
    }
}

impl<M> fmt::Debug for Upgrade<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upgrade")
            .field("module", &self.seat.name)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}
