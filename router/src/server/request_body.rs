//! The body of a request, as it arrives.

use super::clock::{BodyEnd, Clock};
use crate::{
    user_error::BoxError,
    web::{BodyBroken, BodyTimeout, BodyTruncated},
};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use parking_lot::Mutex;
use std::{
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::timeout;

/// The maximum time to wait for the rest of a small body. Some clients send the head and the body
/// separately, and the body only after the head has been acknowledged.
const REST: Duration = Duration::from_millis(500);

/// A request's body that reports to the connection's clock when a reader waits for it. It fails when the
/// client takes too long or aborts the request.
pub(super) struct RequestBody {
    /// `None` only while this value is being dropped.
    body: Option<Incoming>,
    clock: Arc<Clock>,
    /// The number of the request on its connection.
    request: u64,
    unread: Option<Unread>,
}

impl RequestBody {
    /// If the body is dropped before its end, the rest of it is stored in `unread`, if that is given.
    pub(super) fn new(
        body: Incoming,
        clock: Arc<Clock>,
        request: u64,
        unread: Option<Unread>,
    ) -> Self {
        Self {
            body: Some(body),
            clock,
            request,
            unread,
        }
    }

    /// Reads and discards the rest of the body. Stops if this takes too long.
    pub(super) async fn drain(mut self) {
        let all = async {
            // The number of pieces is bounded by the length of the body, which is small.
            while let Some(Ok(_)) = next(&mut self).await {}
        };
        // The result is not needed, because the clock has recorded whether the body is complete.
        let _ = timeout(REST, pin!(all)).await;
    }
}

async fn next(body: &mut RequestBody) -> Option<Result<Frame<Bytes>, BoxError>> {
    std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await
}

/// The rest of a body that was dropped before its end.
#[derive(Clone, Default)]
pub(super) struct Unread(Arc<Mutex<Option<Incoming>>>);

impl Unread {
    pub(super) fn take(&self) -> Option<Incoming> {
        self.0.lock().take()
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        match Pin::new(body).poll_frame(cx) {
            Poll::Ready(frame) => {
                let is_complete = frame.is_none() || self.is_end_stream();
                self.clock.body_moved(self.request, is_complete);
                Poll::Ready(frame.map(|frame| frame.map_err(|error| BodyBroken(error).into())))
            }
            Poll::Pending => match self.clock.body_waits(self.request, cx.waker()) {
                Ok(()) => Poll::Pending,
                Err(end) => Poll::Ready(Some(Err(match end {
                    BodyEnd::TimedOut => BodyTimeout.into(),
                    BodyEnd::Truncated => BodyTruncated.into(),
                }))),
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        let is_abandoned = self.unread.is_none();
        self.clock.body_dropped(self.request, is_abandoned);
        if let Some(Unread(unread)) = self.unread.take()
            && !self.is_end_stream()
        {
            *unread.lock() = self.body.take();
        }
    }
}
