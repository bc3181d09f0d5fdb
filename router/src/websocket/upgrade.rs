//! From an accepted request to a session.

use super::{
    UpgradeError, WebSocket, access,
    endpoint::{Phase, Seat},
    handshake::{self, Kind},
    negotiation::{Agreement, negotiate},
    session::{self, Start},
};
use crate::{
    frame::Inflation,
    outbox::{Settings, Transport},
    server::Joined,
    web::{FromRequest, IntoResponse, Request, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use hyper::upgrade::{OnUpgrade, Parts};
use hyper_util::rt::TokioIo;
use std::{fmt, net::SocketAddr, sync::Arc};
use tokio::net::TcpStream;

/// A request that can become a socket of module `M`: the argument of a route that upgrades by
/// hand (the seed's `router.upgrade`).
///
/// Only routes of `M` itself can ask for it. As an argument it refuses a request that is no proper
/// handshake with 400, 405 or 426, and what the options don't allow with 400, 403 or 503; `Result<Upgrade<Self>, UpgradeError>` leaves that to the route.
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
    on_upgrade: OnUpgrade,
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
        Self::read(module, request).map_err(UpgradeError::new)
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
        let seat = Seat::take(endpoint).ok_or(Kind::Full)?;
        let on_upgrade = request.take_upgrade().ok_or(Kind::Taken)?;
        Ok(Self {
            module: module.clone(),
            seat,
            on_upgrade,
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

    /// Accepts: the socket opens, with `data`, when this response has been sent.
    pub fn accept(self, data: M::Data) -> Response {
        let Self {
            module,
            seat,
            on_upgrade,
            remote,
            accept,
            protocol,
            deflate,
            headers,
            fault,
        } = self;
        if let Some(fault) = fault {
            tracing::error!(module = seat.name, fault, "an upgrade was refused");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
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
        tokio::spawn(wait(
            on_upgrade,
            Box::new(move |transport, early| {
                session::spawn(Start {
                    module,
                    seat,
                    transport,
                    remote,
                    settings,
                    data,
                    early,
                });
            }),
        ));
        handshake::switching_protocols(accept, chosen, extensions, headers)
    }
}

/// What begins a session: with the connection's stream, and what came behind the request.
type Begin = Box<dyn FnOnce(Transport, Vec<u8>) + Send>;

/// Waits until hyper gives the connection away. The same task for all modules; the session's is a
/// small one of its own.
async fn wait(on_upgrade: OnUpgrade, begin: Begin) {
    // Fails when the client went away, or another response was sent.
    let Ok(upgraded) = on_upgrade.await else {
        return;
    };
    match upgraded.downcast::<Joined<TcpStream>>() {
        // The buffer is hyper's, and large: what it holds is copied.
        Ok(Parts { io, read_buf, .. }) => {
            begin(Transport::Tcp(io.into_inner()), read_buf.to_vec());
        }
        // Any other stream stays in hyper's hands, which reads from the buffer first.
        Err(upgraded) => begin(Transport::boxed(TokioIo::new(upgraded)), Vec::new()),
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
