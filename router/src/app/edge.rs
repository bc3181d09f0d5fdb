//! Rules for every request and response, independent of routes and layers.
//!
//! The headers of an HTTP message determine where the message ends. A request with ambiguous headers is
//! refused before routes and layers see it, and a response gets headers that match its body. Otherwise
//! one client could receive data that is meant for another.

use super::{head_limits::HeadLimits, hosts::Hosts};
use crate::{
    log::{self, RateLimited},
    user_error::BoxError,
    web::{Body, IntoResponse, Response, host, internal_error},
    websocket::PendingUpgrade,
};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version,
    header::{CONNECTION, CONTENT_LENGTH, TRAILER, TRANSFER_ENCODING, UPGRADE},
    request::Parts,
};
use http_body::{Body as _, Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

/// Returns a refusal if the request's head is too long, if HTTP/1.1 does not allow the request, or if
/// the request is for a host that the app does not serve.
pub(super) fn refuse(
    request: &Parts,
    limits: &HeadLimits,
    hosts: Option<&Hosts>,
) -> Option<Response> {
    let refused = |status: StatusCode, reason: &str| {
        log::debug!(
            method = log::plain(&request.method),
            path = log::plain(request.uri.path()),
            status = status.as_u16(),
            reason,
            "a request was refused"
        );
        Some((status, reason.to_owned()).into_response())
    };
    if let Some((status, reason)) = limits.exceeded_by(request) {
        return refused(status, reason);
    }
    let host = match host::of(request) {
        Ok(host) => host,
        Err(fault) => return refused(StatusCode::BAD_REQUEST, &fault.to_string()),
    };
    if let Some(hosts) = hosts
        && !host.is_some_and(|host| hosts.admit(host))
    {
        static LINE: RateLimited = RateLimited::new();
        if LINE.allows() {
            log::info!(
                host = host.map(log::plain),
                "a request was for a host that is not listed in `hosts`"
            );
        }
        // RFC 9110 §15.5.20
        let reason = "this server does not serve the requested host";
        return refused(StatusCode::MISDIRECTED_REQUEST, reason);
    }
    match transfer_codings(&request.headers) {
        Codings::Known => {}
        // RFC 9112 §6.1 covers this case and the next one.
        Codings::Unknown => {
            let reason = "the only supported transfer coding is `chunked`";
            return refused(StatusCode::NOT_IMPLEMENTED, reason);
        }
        Codings::Repeated => {
            let reason = "`Transfer-Encoding` must list `chunked` only once";
            return refused(StatusCode::BAD_REQUEST, reason);
        }
    }
    if request.method == Method::CONNECT {
        // RFC 9110 §9.3.6: CONNECT asks for a tunnel to another server.
        return refused(StatusCode::NOT_IMPLEMENTED, "this server is not a proxy");
    }
    None
}

enum Codings {
    /// `chunked` once, or no coding.
    Known,
    Unknown,
    Repeated,
}

fn transfer_codings(headers: &HeaderMap) -> Codings {
    let mut count = 0;
    for line in headers.get_all(TRANSFER_ENCODING) {
        for coding in line.as_bytes().split(|byte| *byte == b',') {
            match coding.trim_ascii() {
                b"" => {}
                coding if coding.eq_ignore_ascii_case(b"chunked") => count += 1,
                _ => return Codings::Unknown,
            }
        }
    }
    if count > 1 {
        Codings::Repeated
    } else {
        Codings::Known
    }
}

/// The facts about a request that its response depends on.
pub(super) struct RequestFacts {
    is_head: bool,
    /// `Some` if the request asks for an upgrade.
    upgrade: Option<PendingUpgrade>,
}

impl RequestFacts {
    pub(super) fn of(request: &mut Parts) -> Self {
        let asks = request.version == Version::HTTP_11 && request.headers.contains_key(UPGRADE);
        Self {
            is_head: request.method == Method::HEAD,
            upgrade: asks.then(|| PendingUpgrade::attach(&mut request.extensions)),
        }
    }
}

/// Corrects the headers of a response, so that they match its body and its connection.
pub(super) fn settle(response: &mut Response, request: &mut RequestFacts) {
    settle_headers(response, request);
    // A response other than the 101 is sent, so an upgrade is discarded, even if it was accepted.
    if let Some(upgrade) = request.upgrade.take() {
        upgrade.discard();
    }
}

fn settle_headers(response: &mut Response, request: &mut RequestFacts) {
    // A handler may return a response that it received from another server. hyper would write the HTTP
    // version of that response, or panic if it does not support the version.
    *response.version_mut() = Version::HTTP_11;
    let status = response.status();
    if status.is_informational() {
        // Only the response to an accepted handshake has both headers.
        let headers = response.headers_mut();
        let accepts = headers.contains_key(UPGRADE) && headers.contains_key(CONNECTION);
        if status == StatusCode::SWITCHING_PROTOCOLS
            && accepts
            && let Some(upgrade) = request.upgrade.take()
        {
            // A layer that sets a header on every response has also set it on this one.
            headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
            let is_own = |name: &HeaderName| *name == CONNECTION || *name == UPGRADE;
            if headers
                .keys()
                .any(|name| belongs_to_connection(name) && !is_own(name))
            {
                for name in [CONTENT_LENGTH, TRANSFER_ENCODING, TRAILER] {
                    headers.remove(name);
                }
                headers.remove(KEEP_ALIVE);
                headers.remove(PROXY_CONNECTION);
            }
            // The connection takes the upgrade out of the extensions.
            response.extensions_mut().insert(upgrade);
            return;
        }
        log::error!(
            status = status.as_u16(),
            "a handler returned a 1xx status, which is not a final response; 500 is sent instead"
        );
        *response = internal_error();
    } else if response.headers().keys().any(belongs_to_connection) {
        correct(response, request.is_head);
    }
}

/// Whether a header determines the end of a message or the use of its connection (RFC 9110 §7.6.1).
fn belongs_to_connection(name: &HeaderName) -> bool {
    // Standard names are stored as numbers, which are faster to compare than text.
    *name == CONTENT_LENGTH
        || *name == CONNECTION
        || *name == TRANSFER_ENCODING
        || *name == UPGRADE
        || *name == TRAILER
        || name.as_str() == KEEP_ALIVE
        || name.as_str() == PROXY_CONNECTION
}

const KEEP_ALIVE: &str = "keep-alive";
const PROXY_CONNECTION: &str = "proxy-connection";

fn correct(response: &mut Response, is_head: bool) {
    let status = response.status();
    let size = response.body().size_hint();
    let exact = size.exact();
    let has_body = !matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let declared = declared_length(response.headers());

    let headers = response.headers_mut();
    headers.remove(TRANSFER_ENCODING);
    headers.remove(KEEP_ALIVE);
    headers.remove(PROXY_CONNECTION);
    if exact.is_some() {
        // A body of known length has no trailers.
        headers.remove(TRAILER);
    }
    // RFC 9110 §15.5.22: a 426 names the protocol to switch to.
    let upgrades = status == StatusCode::UPGRADE_REQUIRED;
    if !upgrades {
        headers.remove(UPGRADE);
    }
    let closes = has_close(headers);
    headers.remove(CONNECTION);
    let kept = match (closes, upgrades && headers.contains_key(UPGRADE)) {
        (true, true) => Some("close, Upgrade"),
        (true, false) => Some("close"),
        (false, true) => Some("Upgrade"),
        (false, false) => None,
    };
    if let Some(kept) = kept {
        headers.insert(CONNECTION, HeaderValue::from_static(kept));
    }

    let Some(declared) = declared else { return };
    headers.remove(CONTENT_LENGTH);
    match (declared, exact) {
        // RFC 9110 §8.6: a 304 and the response to a HEAD may state the length of the body that they omit.
        (Ok(length), _) if status == StatusCode::NOT_MODIFIED => {
            headers.insert(CONTENT_LENGTH, length.into());
            // hyper takes the length from the body, which it does not send with a 304.
            *response.body_mut() = Body::new(Exactly::new(Body::empty(), length));
        }
        (Ok(length), None | Some(0)) if is_head && has_body => {
            headers.insert(CONTENT_LENGTH, length.into());
        }
        (Ok(length), None) if has_body && length < size.lower() => {
            log::error!("{WrongLength}; 500 is sent instead");
            *response = internal_error();
        }
        // A length of 0 is not declared: hyper would never poll the body, so a mismatch would go unnoticed.
        (Ok(length), None) if has_body && length > 0 => {
            headers.insert(CONTENT_LENGTH, length.into());
            headers.remove(TRAILER);
            let body = std::mem::take(response.body_mut());
            *response.body_mut() = Body::new(Exactly::new(body, length));
        }
        // If the length of the body is known, hyper writes it.
        (Ok(length), Some(exact)) if length != exact => log::error!(
            declared = length,
            exact,
            "the wrong `Content-Length` of a response has been corrected"
        ),
        (Err(()), _) => log::error!("the invalid `Content-Length` of a response has been removed"),
        _ => {}
    }
}

/// The value of `Content-Length`, if there is one. `Err` if it is not valid, or if two values differ.
fn declared_length(headers: &HeaderMap) -> Option<Result<u64, ()>> {
    let mut values = headers.get_all(CONTENT_LENGTH).iter();
    let first = values.next()?;
    let is_number = |value: &HeaderValue| {
        let bytes = value.as_bytes();
        !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit)
    };
    let length = first.to_str().ok().filter(|_| is_number(first));
    let length = length.and_then(|text| text.parse().ok());
    let are_same = values.all(|other| other == first);
    Some(length.filter(|_| are_same).ok_or(()))
}

fn has_close(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(CONNECTION).iter();
    let mut items = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    items.any(|item| item.trim_ascii().eq_ignore_ascii_case(b"close"))
}

/// A body with a declared length. If the body is longer or shorter, the connection ends: otherwise the
/// client would take a part of the body for the whole.
struct Exactly {
    body: Body,
    left: u64,
    /// The piece that completes the declared length, held back until the body has ended. Once it is
    /// sent, the client takes the response for complete, even if more data or an error follows.
    last: Option<Frame<Bytes>>,
}

impl Exactly {
    fn new(body: Body, length: u64) -> Self {
        Self {
            body,
            left: length,
            last: None,
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the length of a response body does not match its `Content-Length`")]
struct WrongLength;

impl http_body::Body for Exactly {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        loop {
            let frame = match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None if self.left == 0 => return Poll::Ready(self.last.take().map(Ok)),
                None => break,
            };
            let Some(data) = frame.data_ref() else {
                // A response with a length has no trailers.
                continue;
            };
            let length = data.len() as u64;
            let Some(left) = self.left.checked_sub(length) else {
                break;
            };
            self.left = left;
            if left > 0 || self.body.is_end_stream() {
                return Poll::Ready(Some(Ok(frame)));
            }
            if length > 0 {
                self.last = Some(frame);
            }
        }
        log::error!("{WrongLength}");
        Poll::Ready(Some(Err(WrongLength.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0 && self.last.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
