//! From an accepted request to a session.

use super::{
    access,
    check::{self, UpgradeError, UpgradeErrorKind, asks_for_websocket},
    negotiation::{Agreement, negotiate},
    pending::PendingUpgrade,
};
use crate::{
    frame::Inflation,
    log, memory,
    outbox::Settings,
    web::{FromRequest, Rejection, Request, Response, internal_error},
    websocket::{
        WebSocket,
        endpoint::{ConnectionPermit, Phase},
        session::{self, Start},
    },
};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::{fmt, net::SocketAddr, sync::Arc};

/// A request that can be upgraded to a socket of module `M`: the argument of a route that upgrades by
/// hand (bun-router's `router.upgrade`).
///
/// Only routes of `M` itself can take this argument. A request that is not a valid handshake is rejected
/// with 400, 405 or 426. A handshake that the options do not allow is rejected with 400, 403 or 503. With
/// `Result<Upgrade<Self>, UpgradeError>`, the route receives the rejection, and cannot answer it with a
/// 2xx status. `Option<Upgrade<Self>>` is `None` for requests that do not ask for an upgrade to
/// WebSocket.
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
///
/// A route that receives the rejection, and logs it:
///
/// ```
/// use router::prelude::*;
///
/// struct Chat;
///
/// #[websocket(data = String)]
/// impl Chat {
///     #[route(get, "/chat")]
///     fn chat(&self, upgrade: Result<Upgrade<Self>, UpgradeError>) -> Result<Response, UpgradeError> {
///         if let Err(error) = &upgrade {
///             tracing::warn!("refused with {}: {error}", error.status());
///         }
///         Ok(upgrade?.accept("guest".to_owned()))
///     }
/// }
/// ```
pub struct Upgrade<M> {
    module: Arc<M>,
    permit: ConnectionPermit,
    pending: PendingUpgrade,
    remote: SocketAddr,
    accept: HeaderValue,
    protocol: u8,
    deflate: Option<Agreement>,
    headers: HeaderMap,
    /// Describes an added header that is not allowed; `None` if all added headers are allowed.
    fault: Option<String>,
}

impl<M: WebSocket> FromRequest<M> for Upgrade<M> {
    type Rejection = UpgradeError;

    async fn from_request(module: &Arc<M>, request: &mut Request) -> Result<Self, UpgradeError> {
        // From here on, the request must either be accepted or be answered with an error, even if the
        // handshake is malformed.
        if let Some(pending) = PendingUpgrade::of(request.head().extensions()) {
            pending.ask_for();
        }
        Self::read(module, request).map_err(|kind| {
            check::log_refusal(kind, request);
            UpgradeError::new(kind)
        })
    }

    /// Returns `None` for a request that does not ask for an upgrade to WebSocket.
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
    fn read(module: &Arc<M>, request: &mut Request) -> Result<Self, UpgradeErrorKind> {
        let accept = check::check(request.head())?;
        let endpoint = request.endpoint();
        let (options, headers) = (&endpoint.options, request.head().headers());
        if !access::admits_origin(options.origins, headers) {
            return Err(UpgradeErrorKind::Origin);
        }
        let protocol = access::choose_protocol(options.protocols, headers)?;
        let deflate = negotiate(options.per_message_deflate, headers);
        if endpoint.phase() >= Phase::Stopping {
            return Err(UpgradeErrorKind::Stopping);
        }
        if memory::is_full() {
            return Err(UpgradeErrorKind::OutOfMemory);
        }
        let permit = ConnectionPermit::take(endpoint).ok_or(UpgradeErrorKind::Full)?;
        // Checked again, because a shutdown may have begun before the permit was taken. Such a shutdown may
        // not wait for this socket.
        if permit.endpoint().phase() >= Phase::Stopping {
            return Err(UpgradeErrorKind::Stopping);
        }
        // Another service in a layer may already have taken the connection.
        request.take_upgrade().ok_or(UpgradeErrorKind::Taken)?;
        let pending = PendingUpgrade::of(request.head().extensions());
        let pending = pending
            .filter(PendingUpgrade::take)
            .ok_or(UpgradeErrorKind::Taken)?;
        Ok(Self {
            module: module.clone(),
            permit,
            pending,
            remote: request.head().remote_addr(),
            accept,
            protocol,
            deflate,
            headers: HeaderMap::new(),
            fault: None,
        })
    }

    /// Adds a header to the 101 response. Several headers of the same name are all sent.
    ///
    /// If the name or the value is not valid (for example because of a line break), or if the header
    /// belongs to the handshake (`Connection`, `Upgrade`, `Sec-WebSocket-Accept`, …),
    /// [`accept`](Self::accept) returns a 500 response instead and logs the reason.
    ///
    /// # Examples
    ///
    /// A cookie that is set when the socket opens:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// struct Chat;
    ///
    /// #[websocket(data = String)]
    /// impl Chat {
    ///     #[route(get, "/chat")]
    ///     fn chat(&self, upgrade: Upgrade<Self>) -> Response {
    ///         upgrade.header("set-cookie", "visited=yes; HttpOnly").accept("guest".to_owned())
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn header(
        mut self,
        name: impl TryInto<HeaderName>,
        value: impl TryInto<HeaderValue>,
    ) -> Self {
        match (name.try_into(), value.try_into()) {
            (Ok(name), _) if check::is_reserved(&name) => {
                self.fault = Some(format!("header `{name}` is reserved for the handshake"));
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

    /// Declines permessage-deflate for this connection, regardless of the options and the client's offer.
    ///
    /// Some clients offer compression although they cannot read compressed messages, such as some
    /// versions of Safari.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// struct Chat;
    ///
    /// #[websocket(data = String, per_message_deflate)]
    /// impl Chat {
    ///     #[route(get, "/chat")]
    ///     fn chat(&self, headers: &HeaderMap, upgrade: Upgrade<Self>) -> Response {
    ///         let agent = headers.get("user-agent").and_then(|agent| agent.to_str().ok());
    ///         let upgrade = match agent {
    ///             Some(agent) if agent.contains("OldApp/1.") => upgrade.without_compression(),
    ///             _ => upgrade,
    ///         };
    ///         upgrade.accept("guest".to_owned())
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn without_compression(mut self) -> Self {
        self.deflate = None;
        self
    }

    /// Accepts the upgrade: the socket opens, with `data`, when the returned response has been sent.
    ///
    /// # Examples
    ///
    /// One route for the page and its socket:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// struct Chat;
    ///
    /// #[websocket(data = String)]
    /// impl Chat {
    ///     #[route(get, "/")]
    ///     fn index(&self, upgrade: Option<Upgrade<Self>>) -> Response {
    ///         match upgrade {
    ///             Some(upgrade) => upgrade.accept("guest".to_owned()),
    ///             None => Html("<h1>Chat</h1>").into_response(),
    ///         }
    ///     }
    /// }
    /// ```
    pub fn accept(self, data: M::Data) -> Response {
        let Self {
            module,
            permit,
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
                module = permit.name,
                fault = log::plain(fault),
                "an upgrade was refused"
            );
            return internal_error();
        }
        let options = &permit.options;
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
                permit,
                transport,
                remote,
                settings,
                data,
                early,
            });
        }));
        check::switching_protocols(accept, chosen, extensions, headers)
    }
}

impl<M> fmt::Debug for Upgrade<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upgrade")
            .field("module", &self.permit.name)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}
