//! Bodies of requests and responses.

use crate::{
    log,
    user_error::{BoxError, panic_message},
};
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::{BodyExt, LengthLimitError, Limited, combinators::UnsyncBoxBody};
use std::{
    any::Any,
    collections::VecDeque,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

/// The body of a request or a response.
///
/// As a route argument, it is a stream that yields the body as it arrives. The stream fails when the
/// body limit is exceeded, when the client sends nothing for
/// [`body_timeout`](crate::Router::body_timeout), and when the client aborts the request. Once a body
/// has ended or failed, it yields nothing more.
pub struct Body(BodyKind);

enum BodyKind {
    /// A body that is completely in memory. `None` if it is empty or has been taken.
    Whole(Option<Bytes>),
    /// A body that is read as a stream. It is boxed to keep responses small, because a response is moved
    /// several times before it is sent.
    Stream(Box<Streamed>),
}

struct Streamed {
    body: UnsyncBoxBody<Bytes, BoxError>,
    /// The name of the handler that created the body, for the log. Empty if the body is not that of a
    /// response.
    handler: &'static str,
    /// Frames that were polled before the response was handed to hyper, in order.
    ahead: VecDeque<Frame<Bytes>>,
    /// The exact length that the body reported before frames were polled ahead, or `None` if the body
    /// ended while they were polled. Cleared when the first of these frames is taken. It is
    /// stored because some bodies report their total length even after frames were taken from them.
    length: Option<u64>,
    /// Whether this is a request's body after layers have processed it.
    is_request: bool,
    /// Shared by all layers of this body, so that a failure is logged once.
    told: Option<Told>,
}

impl Body {
    /// Creates an empty body.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// let mut response = Response::new(Body::empty());
    /// *response.status_mut() = StatusCode::NO_CONTENT;
    /// ```
    pub fn empty() -> Self {
        Self(BodyKind::Whole(None))
    }

    /// Creates a body from any type that implements `http_body::Body`.
    ///
    /// # Examples
    ///
    /// A route that sends the body of the request back as it arrives, and fails after 1 MiB. It uses the
    /// crate `http-body-util`.
    ///
    /// ```
    /// use http_body_util::Limited;
    /// use router::prelude::*;
    ///
    /// struct Echo;
    ///
    /// #[routes]
    /// impl Echo {
    ///     #[route(post, "/echo")]
    ///     fn echo(&self, body: Body) -> Body {
    ///         Body::new(Limited::new(body, 1024 * 1024))
    ///     }
    /// }
    /// ```
    pub fn new<B>(body: B) -> Self
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let mut body = Some(body);
        if let Some(same) = (&mut body as &mut dyn Any).downcast_mut::<Option<Self>>() {
            return same.take().unwrap_or_default();
        }
        match body {
            Some(body) => Self(BodyKind::Stream(Box::new(Streamed {
                body: body.map_err(Into::into).boxed_unsync(),
                handler: "",
                ahead: VecDeque::new(),
                length: None,
                is_request: false,
                told: None,
            }))),
            None => Self::empty(),
        }
    }

    /// Returns the number of bytes of memory that only this body owns; 0 for a stream.
    pub(crate) fn owned(&self) -> usize {
        match &self.0 {
            BodyKind::Whole(Some(bytes)) if bytes.is_unique() => bytes.len(),
            _ => 0,
        }
    }

    /// Returns the same body, which fails if it turns out to be longer than `limit` bytes.
    pub(super) fn limited(self, limit: usize) -> Self {
        match self.0 {
            BodyKind::Whole(Some(bytes)) if bytes.len() <= limit => bytes.into(),
            BodyKind::Whole(None) => Self::empty(),
            kind => Self::new(Limited::new(Self(kind), limit)),
        }
    }

    /// Marks the body as a request's body after layers have processed it. If it fails without a panic,
    /// the failure is attributed to the client.
    pub(crate) fn of_request(mut self) -> Self {
        if let BodyKind::Stream(streamed) = &mut self.0 {
            streamed.is_request = true;
        }
        self
    }

    /// Marks the body as the response body of the handler `name`. If it fails, the log names the
    /// handler, unless a body that shares `told` has already logged the failure.
    ///
    /// Polls up to two frames ahead, as far as they are available without waiting. Returns `Err` if this
    /// fails: nothing of the response has been sent yet, so it can still be replaced by an error.
    pub(crate) fn begin(
        &mut self,
        name: &'static str,
        told: Option<Told>,
        cx: &mut Context<'_>,
    ) -> Result<(), ()> {
        let BodyKind::Stream(streamed) = &mut self.0 else {
            return Ok(());
        };
        if !streamed.handler.is_empty() {
            // The layers have not replaced the handler's body.
            return Ok(());
        }
        streamed.handler = name;
        streamed.told = told;
        streamed.length = streamed.body.size_hint().exact();
        // Two frames, because a file that cannot be read often fails at the second.
        for _ in 0..2 {
            match streamed.poll(cx) {
                Poll::Ready(Some(Ok(frame))) => streamed.ahead.push_back(frame),
                Poll::Ready(Some(Err(_))) => return Err(()),
                Poll::Ready(None) => {
                    streamed.length = None;
                    streamed.body = Self::empty().map_err(Into::into).boxed_unsync();
                    break;
                }
                Poll::Pending => break,
            }
        }
        Ok(())
    }
}

impl Streamed {
    /// Polls the next frame of the inner body. A panic is returned as an error.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let body = Pin::new(&mut self.body);
        let polled = catch_unwind(AssertUnwindSafe(|| body.poll_frame(cx)));
        let polled = polled.unwrap_or_else(|panic| {
            let panic = panic_message(&*panic);
            Poll::Ready(Some(Err(BodyPanic(panic).into())))
        });
        if self.is_request {
            return polled.map_err(|error| {
                match error.is::<BodyPanic>() || is_the_clients_doing(&*error) {
                    true => error,
                    false => Unreadable(error).into(),
                }
            });
        }
        if let Poll::Ready(Some(Err(error))) = &polled
            && !self.handler.is_empty()
            && self.told.as_ref().is_none_or(Told::is_first)
        {
            if is_the_clients_doing(&**error) {
                log::debug!(
                    handler = self.handler,
                    error = log::plain(error),
                    "the body of a response failed"
                );
            } else {
                log::error!(
                    handler = self.handler,
                    error = log::plain(error),
                    "the body of a response failed"
                );
            }
        }
        polled
    }
}

/// Whether the failure of a body has been logged. The handler's body and the body that layers make from
/// it share one `Told`, which is stored in the extensions of the response.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<AtomicBool>);

impl Told {
    fn is_first(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }
}

/// Whether the client caused the error. This also applies to responses, because a response's body may be
/// made from the request's body.
fn is_the_clients_doing(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<BodyTimeout>()
            || error.is::<BodyTruncated>()
            || error.is::<LengthLimitError>()
            || error.is::<BodyBroken>()
            || error.is::<Unreadable>()
        {
            return true;
        }
        cause = error.source();
    }
    false
}

impl<B: Into<Bytes>> From<B> for Body {
    fn from(bytes: B) -> Self {
        Self(BodyKind::Whole(
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
        let polled = match &mut self.0 {
            BodyKind::Whole(bytes) => {
                return Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes))));
            }
            BodyKind::Stream(streamed) => {
                streamed.length = None;
                match streamed.ahead.pop_front() {
                    Some(frame) => return Poll::Ready(Some(Ok(frame))),
                    None => streamed.poll(cx),
                }
            }
        };
        if let Poll::Ready(None | Some(Err(_))) = polled {
            // Some bodies panic when they are polled after their end.
            self.0 = BodyKind::Whole(None);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            BodyKind::Whole(bytes) => bytes.is_none(),
            BodyKind::Stream(streamed) => {
                streamed.ahead.is_empty() && streamed.body.is_end_stream()
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            BodyKind::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            BodyKind::Stream(streamed) => {
                if let Some(length) = streamed.length {
                    return SizeHint::with_exact(length);
                }
                let data = streamed.ahead.iter().filter_map(Frame::data_ref);
                let ahead: u64 = data.map(|bytes| bytes.len() as u64).sum();
                let rest = streamed.body.size_hint();
                let mut all = SizeHint::new();
                if let Some(upper) = rest.upper() {
                    all.set_upper(upper.saturating_add(ahead));
                }
                all.set_lower(rest.lower().saturating_add(ahead));
                all
            }
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}

/// A body that panicked while it was read.
#[derive(Debug, thiserror::Error)]
#[error("panicked: {0}")]
struct BodyPanic(String);

/// A layer could not read a request's body, for example because the body is not compressed as declared.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unreadable(#[source] BoxError);

/// Nothing of a request's body arrived for `body_timeout`.
#[derive(Debug, thiserror::Error)]
#[error("the client sent nothing for too long")]
pub(crate) struct BodyTimeout;

/// hyper's error for a request's body that cannot be read, because the client disconnected or sent
/// invalid data.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BodyBroken(pub(crate) hyper::Error);

/// The client closed its sending side before the end of the request's body.
#[derive(Debug, thiserror::Error)]
#[error("the client closed the connection before the end of the body")]
pub(crate) struct BodyTruncated;
