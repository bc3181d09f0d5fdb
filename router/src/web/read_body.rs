//! Extractors for request bodies: read completely, up to the body limit, or as a stream.

use super::{
    Body, FromRequest, IntoResponse, Rejection, Request, Response, body::BodyTimeout,
    content_length,
};
use crate::{memory, user_error::BoxError};
use bytes::Bytes;
use http::StatusCode;
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::{convert::Infallible, error::Error, future::ready, sync::Arc};

/// An error from reading a request's body.
///
/// As a response, its status is 413 if the body is too long, 408 if the client sent nothing for
/// [`body_timeout`](crate::Router::body_timeout), 503 if the server has reached its memory limit, and 400
/// otherwise.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{kind}")]
pub struct BodyError {
    kind: ErrorKind,
}

#[derive(Debug, Clone, thiserror::Error)]
enum ErrorKind {
    #[error("the body is longer than {0} bytes")]
    TooLong(usize),
    #[error("the client sent nothing for too long")]
    TimedOut,
    #[error("{}", memory::USED_UP)]
    OutOfMemory,
    #[error("the body could not be read: {0}")]
    Broken(Arc<BoxError>),
    #[error("the body is not valid UTF-8")]
    NotText,
}

impl BodyError {
    /// Whether the body exceeds the server's body limit.
    pub fn is_too_long(&self) -> bool {
        matches!(self.kind, ErrorKind::TooLong(_))
    }

    /// Whether the client sent nothing for [`body_timeout`](crate::Router::body_timeout).
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind, ErrorKind::TimedOut)
    }
}

#[diagnostic::do_not_recommend]
impl IntoResponse for BodyError {
    fn into_response(self) -> Response {
        let status = match self.kind {
            ErrorKind::TooLong(_) => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorKind::TimedOut => StatusCode::REQUEST_TIMEOUT,
            ErrorKind::OutOfMemory => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Broken(_) | ErrorKind::NotText => StatusCode::BAD_REQUEST,
        };
        (status, self.to_string()).into_response()
    }
}

/// Reads the whole body of a request, up to the body limit.
pub(super) async fn collect(request: &mut Request) -> Result<Bytes, BodyError> {
    let limit = request.body_limit();
    let length = content_length(request.head().headers());
    if length.is_some_and(|length| length > limit as u64) {
        // Refused without reading any of the body.
        return Err(ErrorKind::TooLong(limit).into());
    }
    if length.is_some_and(|length| length > memory::SMALL as u64) && memory::is_full() {
        return Err(ErrorKind::OutOfMemory.into());
    }
    let mut body = Limited::new(request.take_body(), limit);
    let mut first = Bytes::new();
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| ErrorKind::of(error, limit))?;
        let Ok(piece) = frame.into_data() else {
            // Trailers are ignored.
            continue;
        };
        if first.is_empty() && whole.is_empty() {
            request.read.set(piece.len());
            first = piece;
            continue;
        }
        // Even a one-byte piece keeps its whole read buffer allocated, so pieces are copied.
        let size = first.len() + whole.len() + piece.len();
        if size > memory::SMALL && memory::is_full() {
            return Err(ErrorKind::OutOfMemory.into());
        }
        if size > whole.capacity() {
            let room = (2 * whole.capacity()).clamp(size, limit.max(size));
            whole.reserve_exact(room - whole.len());
            request.read.set(whole.capacity());
        }
        whole.extend_from_slice(&std::mem::take(&mut first));
        whole.extend_from_slice(&piece);
    }
    Ok(if whole.is_empty() {
        first
    } else {
        whole.into()
    })
}

impl ErrorKind {
    fn of(error: BoxError, limit: usize) -> Self {
        // Layers, and other servers, wrap the errors of bodies.
        let mut cause: Option<&(dyn Error + 'static)> = Some(&*error);
        while let Some(error) = cause {
            if error.is::<LengthLimitError>() {
                return Self::TooLong(limit);
            }
            if error.is::<BodyTimeout>() {
                return Self::TimedOut;
            }
            cause = error.source();
        }
        Self::Broken(Arc::new(error))
    }
}

impl From<ErrorKind> for BodyError {
    fn from(kind: ErrorKind) -> Self {
        Self { kind }
    }
}

fn text(bytes: Bytes) -> Result<String, BodyError> {
    String::from_utf8(bytes.into()).map_err(|_| ErrorKind::NotText.into())
}

fn bytes(bytes: Bytes) -> Result<Bytes, BodyError> {
    Ok(bytes)
}

fn vector(bytes: Bytes) -> Result<Vec<u8>, BodyError> {
    Ok(bytes.into())
}

/// Reads the whole body as a `T`. Does not depend on the module's type, so all modules share this
/// function.
async fn whole<T>(
    request: &mut Request,
    from: fn(Bytes) -> Result<T, BodyError>,
) -> Result<T, BodyError> {
    collect(request).await.and_then(from)
}

/// Like `whole`, for a body that may be absent. An empty body counts as absent.
async fn whole_optional<T>(
    request: &mut Request,
    from: fn(Bytes) -> Result<T, BodyError>,
) -> Result<Option<T>, Rejection> {
    let bytes = collect(request).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    Ok(Some(from(bytes)?))
}

// The following three impls are written out instead of generated by a macro, because the compiler shows them
// in its messages to users.

#[diagnostic::do_not_recommend]
impl<M> FromRequest<M> for Bytes {
    type Rejection = BodyError;
    const TAKES_BODY: bool = true;

    fn from_request(
        _: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Self, BodyError>> + Send {
        whole(request, bytes)
    }

    fn from_request_optional(
        _: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Option<Self>, Rejection>> + Send {
        whole_optional(request, bytes)
    }
}

#[diagnostic::do_not_recommend]
impl<M> FromRequest<M> for Vec<u8> {
    type Rejection = BodyError;
    const TAKES_BODY: bool = true;

    fn from_request(
        _: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Self, BodyError>> + Send {
        whole(request, vector)
    }

    fn from_request_optional(
        _: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Option<Self>, Rejection>> + Send {
        whole_optional(request, vector)
    }
}

#[diagnostic::do_not_recommend]
impl<M> FromRequest<M> for String {
    type Rejection = BodyError;
    const TAKES_BODY: bool = true;

    fn from_request(
        _: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Self, BodyError>> + Send {
        whole(request, text)
    }

    fn from_request_optional(
        _: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Option<Self>, Rejection>> + Send {
        whole_optional(request, text)
    }
}

#[diagnostic::do_not_recommend]
impl<M> FromRequest<M> for Body {
    type Rejection = Infallible;
    const TAKES_BODY: bool = true;

    fn from_request(
        _: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Self, Infallible>> + Send {
        let limit = request.body_limit();
        ready(Ok(request.take_body().limited(limit)))
    }

    /// An empty body counts as absent. A chunked body counts as present.
    fn from_request_optional(
        _: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Option<Self>, Rejection>> + Send {
        let limit = request.body_limit();
        let body = Some(request.take_body()).filter(|body| !body.is_end_stream());
        ready(Ok(body.map(|body| body.limited(limit))))
    }
}
