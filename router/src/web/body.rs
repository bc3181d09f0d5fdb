//! Bodies of requests and responses.

use super::{FromRequest, IntoResponse, Request, Response};
use crate::BoxError;
use bytes::Bytes;
use http::{StatusCode, header::CONTENT_LENGTH};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::{BodyExt, LengthLimitError, Limited, combinators::UnsyncBoxBody};
use hyper::body::Incoming;
use std::{
    convert::Infallible,
    fmt,
    future::ready,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// The body of a request or a response.
///
/// As an argument of a route it is the stream as it comes, and fails when the body limit is
/// exceeded.
pub struct Body(Kind);

enum Kind {
    /// A body that is there already; `None` once it was taken.
    Whole(Option<Bytes>),
    Incoming(Incoming),
    Stream(UnsyncBoxBody<Bytes, BoxError>),
}

impl Body {
    /// The body with nothing in it.
    pub fn empty() -> Self {
        Self(Kind::Whole(None))
    }

    /// Any body as this one.
    pub fn new<B>(body: B) -> Self
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(Kind::Stream(body.map_err(Into::into).boxed_unsync()))
    }

    pub(crate) fn incoming(body: Incoming) -> Self {
        if body.is_end_stream() {
            Self::empty()
        } else {
            Self(Kind::Incoming(body))
        }
    }

    /// The same body, failing when it turns out to be longer than `limit` bytes.
    pub(super) fn limited(self, limit: usize) -> Self {
        match self.0 {
            Kind::Whole(Some(bytes)) if bytes.len() <= limit => bytes.into(),
            Kind::Whole(None) => Self::empty(),
            kind => Self::new(Limited::new(Self(kind), limit)),
        }
    }
}

impl<B: Into<Bytes>> From<B> for Body {
    fn from(bytes: B) -> Self {
        Self(Kind::Whole(
            Some(bytes.into()).filter(|bytes| !bytes.is_empty()),
        ))
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut self.0 {
            Kind::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Kind::Incoming(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Kind::Stream(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(bytes) => bytes.is_none(),
            Kind::Incoming(body) => body.is_end_stream(),
            Kind::Stream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Kind::Incoming(body) => body.size_hint(),
            Kind::Stream(body) => body.size_hint(),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}

/// Why a body could not be read: 413 if it is too long, 400 otherwise.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{kind}")]
pub struct BodyError {
    kind: ErrorKind,
}

#[derive(Debug, Clone, thiserror::Error)]
enum ErrorKind {
    #[error("the body is longer than {0} bytes")]
    TooLong(usize),
    #[error("the body could not be read: {0}")]
    Broken(Arc<BoxError>),
    #[error("the body is not valid UTF-8")]
    NotText,
}

impl BodyError {
    /// Whether the body exceeds the limit of the server.
    pub fn is_too_long(&self) -> bool {
        matches!(self.kind, ErrorKind::TooLong(_))
    }
}

#[diagnostic::do_not_recommend]
impl IntoResponse for BodyError {
    fn into_response(self) -> Response {
        let status = if self.is_too_long() {
            StatusCode::PAYLOAD_TOO_LARGE
        } else {
            StatusCode::BAD_REQUEST
        };
        (status, self.to_string()).into_response()
    }
}

/// Reads the whole body of a request, within the limit.
pub(super) async fn collect(request: &mut Request) -> Result<Bytes, BodyError> {
    let limit = request.body_limit();
    let too_long = || BodyError {
        kind: ErrorKind::TooLong(limit),
    };
    let declared = request.head().headers().get(CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > limit as u64) {
        // Not a byte of it is read.
        return Err(too_long());
    }
    match Limited::new(request.take_body(), limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_long()),
        Err(error) => Err(BodyError {
            kind: ErrorKind::Broken(Arc::new(error)),
        }),
    }
}

async fn text(request: &mut Request) -> Result<String, BodyError> {
    let bytes = collect(request).await?;
    String::from_utf8(bytes.into()).map_err(|_| BodyError {
        kind: ErrorKind::NotText,
    })
}

#[diagnostic::do_not_recommend]
impl<M> FromRequest<M> for Bytes {
    type Rejection = BodyError;
    const TAKES_BODY: bool = true;

    fn from_request(
        _: &Arc<M>,
        request: &mut Request,
    ) -> impl Future<Output = Result<Self, BodyError>> + Send {
        collect(request)
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
        text(request)
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
}
