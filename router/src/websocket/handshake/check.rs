//! The opening handshake (RFC 6455 §4.2), checked strictly.

use crate::{
    log::{self, RateLimited},
    memory,
    web::{Body, IntoResponse, Logged, Request, RequestHead, Response},
};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode, Version,
    header::{
        ALLOW, CONNECTION, CONTENT_LENGTH, HOST, HeaderName, ORIGIN as ORIGIN_HEADER,
        SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
        SEC_WEBSOCKET_VERSION, TRANSFER_ENCODING, UPGRADE,
    },
};
use std::fmt;
use tungstenite::handshake::derive_accept_key;

/// The reason why a request cannot be upgraded to a WebSocket.
///
/// As a response, it has status 400, 403, 405, 426, 500 or 503, and the reason as its body.
pub struct UpgradeError(UpgradeErrorKind);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum UpgradeErrorKind {
    #[error("a WebSocket handshake must be a GET request")]
    Method,
    #[error("this is a WebSocket endpoint: the request needs the header `Upgrade: websocket`")]
    NoUpgrade,
    #[error("a WebSocket handshake needs HTTP/1.1")]
    Version,
    #[error("a WebSocket handshake needs exactly one `Host` header")]
    Host,
    #[error("a WebSocket handshake needs the header `Connection: Upgrade`")]
    Connection,
    #[error("a WebSocket handshake must not have a body")]
    HasBody,
    #[error("a WebSocket handshake needs the header `Sec-WebSocket-Version: 13`")]
    Protocol,
    #[error("a WebSocket handshake needs exactly one `Sec-WebSocket-Key`, of 16 bytes in base64")]
    Key,
    #[error("the `Origin` of this request is not allowed")]
    Origin,
    #[error("`Sec-WebSocket-Protocol` must be a list of distinct tokens")]
    ProtocolList,
    #[error("none of the offered subprotocols is supported")]
    NoCommonProtocol,
    #[error("the maximum number of sockets is reached")]
    Full,
    #[error("{}", memory::USED_UP)]
    OutOfMemory,
    #[error("the server is shutting down")]
    Stopping,
    #[error("the connection has already been upgraded")]
    Taken,
}

impl UpgradeError {
    pub(super) fn new(kind: UpgradeErrorKind) -> Self {
        Self(kind)
    }

    /// The status of the response.
    pub fn status(&self) -> StatusCode {
        match self.0 {
            UpgradeErrorKind::Method => StatusCode::METHOD_NOT_ALLOWED,
            UpgradeErrorKind::NoUpgrade | UpgradeErrorKind::Protocol => {
                StatusCode::UPGRADE_REQUIRED
            }
            UpgradeErrorKind::Stopping | UpgradeErrorKind::Full | UpgradeErrorKind::OutOfMemory => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            UpgradeErrorKind::Origin => StatusCode::FORBIDDEN,
            UpgradeErrorKind::Taken => StatusCode::INTERNAL_SERVER_ERROR,
            UpgradeErrorKind::Version
            | UpgradeErrorKind::Host
            | UpgradeErrorKind::Connection
            | UpgradeErrorKind::HasBody
            | UpgradeErrorKind::Key
            | UpgradeErrorKind::ProtocolList
            | UpgradeErrorKind::NoCommonProtocol => StatusCode::BAD_REQUEST,
        }
    }
}

impl fmt::Display for UpgradeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for UpgradeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UpgradeError({:?})", self.0)
    }
}

impl std::error::Error for UpgradeError {}

#[diagnostic::do_not_recommend]
impl IntoResponse for UpgradeError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), self.to_string()).into_response();
        response.extensions_mut().insert(Logged);
        let headers = response.headers_mut();
        match self.0 {
            UpgradeErrorKind::Method => {
                headers.insert(ALLOW, HeaderValue::from_static("GET"));
            }
            UpgradeErrorKind::NoUpgrade => {
                headers.insert(UPGRADE, WEBSOCKET);
                headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
            }
            UpgradeErrorKind::Protocol => {
                // RFC 9110 §15.5.22: a 426 response names the required protocol.
                headers.insert(UPGRADE, WEBSOCKET);
                headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
                headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
            }
            _ => {}
        }
        response
    }
}

/// Logs why a handshake was rejected, because browsers do not show the response. An origin that is not
/// admitted and a limit that is reached are logged for the operator: at `info` up to a rate limit, and at
/// `debug` beyond it. `UpgradeErrorKind::Taken` is logged as an error. Other reasons, which are mostly the
/// client's errors, are logged at `debug`.
pub(super) fn log_refusal(kind: UpgradeErrorKind, request: &Request) {
    static ORIGIN: RateLimited = RateLimited::new();
    static FULL: RateLimited = RateLimited::new();
    let head = request.head();
    let (handler, remote) = (head.handler(), head.remote_addr());
    let text = |name| head.header(name).map(log::plain);
    let (origin, host) = (|| text(ORIGIN_HEADER), || text(HOST));
    let is_notable = match kind {
        UpgradeErrorKind::Origin => ORIGIN.allows(),
        UpgradeErrorKind::Full | UpgradeErrorKind::OutOfMemory => FULL.allows(),
        _ => false,
    };
    if kind == UpgradeErrorKind::Taken {
        log::error!(handler, reason = %kind, "a handshake was refused");
    } else if is_notable {
        let help = match kind {
            UpgradeErrorKind::Origin => {
                "add the origin to `origins`, or configure the proxy to keep the `Host` header"
            }
            UpgradeErrorKind::OutOfMemory => "`Router::memory_limit` is exceeded",
            _ => "the `max_connections` of the module is reached",
        };
        log::info!(handler, reason = %kind, origin = origin(), host = host(), %remote, help, "a handshake was refused");
    } else {
        log::debug!(handler, reason = %kind, origin = origin(), host = host(), %remote, "a handshake was refused");
    }
}

const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");

/// Whether the request asks for an upgrade to WebSocket, even if the handshake is malformed.
pub(crate) fn asks_for_websocket(headers: &HeaderMap) -> bool {
    has_token(headers, UPGRADE, "websocket")
}

/// Checks a handshake and returns the value of `Sec-WebSocket-Accept`. The checks that depend on the
/// module's options are in `access` and `negotiation`.
pub(super) fn check(head: &RequestHead) -> Result<HeaderValue, UpgradeErrorKind> {
    let headers = head.headers();
    if head.method() != Method::GET {
        return Err(UpgradeErrorKind::Method);
    }
    if !asks_for_websocket(headers) {
        return Err(UpgradeErrorKind::NoUpgrade);
    }
    if head.version() != Version::HTTP_11 {
        return Err(UpgradeErrorKind::Version);
    }
    if only(headers, HOST).is_none() {
        return Err(UpgradeErrorKind::Host);
    }
    if !has_token(headers, CONNECTION, "upgrade") {
        return Err(UpgradeErrorKind::Connection);
    }
    if headers.contains_key(TRANSFER_ENCODING)
        || headers
            .get(CONTENT_LENGTH)
            .is_some_and(|length| length != "0")
    {
        return Err(UpgradeErrorKind::HasBody);
    }
    if only(headers, SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err(UpgradeErrorKind::Protocol);
    }
    let key = only(headers, SEC_WEBSOCKET_KEY).filter(|key| is_key(key.as_bytes()));
    let accept = derive_accept_key(key.ok_or(UpgradeErrorKind::Key)?.as_bytes());
    Ok(HeaderValue::try_from(accept).expect("base64 text is a valid header value"))
}

/// The 101 response to a valid handshake, with the user's `headers`.
pub(super) fn switching_protocols(
    accept: HeaderValue,
    protocol: Option<&'static str>,
    extensions: Option<HeaderValue>,
    headers: HeaderMap,
) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    *response.headers_mut() = headers;
    let headers = response.headers_mut();
    headers.insert(UPGRADE, WEBSOCKET);
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    // The conversion cannot fail: `protocols` accepts only tokens, which are valid header values.
    if let Some(protocol) = protocol.and_then(|name| HeaderValue::from_str(name).ok()) {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    if let Some(extensions) = extensions {
        headers.insert(SEC_WEBSOCKET_EXTENSIONS, extensions);
    }
    response
}

/// Whether a header of the 101 response belongs to the handshake, so that the user cannot set it.
pub(super) fn is_reserved(name: &HeaderName) -> bool {
    [
        "connection",
        "content-length",
        "keep-alive",
        "proxy-connection",
        "sec-websocket-accept",
        "sec-websocket-extensions",
        "sec-websocket-version",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ]
    .contains(&name.as_str())
}

/// The value of a header that occurs exactly once.
pub(super) fn only(headers: &HeaderMap, name: HeaderName) -> Option<&HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

/// Whether a list header contains `token` on any of its lines, ignoring case.
fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|item| item.trim().eq_ignore_ascii_case(token))
}

/// Whether `key` is 16 bytes in base64: 22 characters and the padding.
fn is_key(key: &[u8]) -> bool {
    key.len() == 24
        && key.ends_with(b"==")
        && key[..22]
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
}
