//! The body of a request, as it arrives.

use super::clock::{BodyEnd, Clock};
use crate::{
    BoxError,
    web::{BodyTimeout, BodyTruncated},
};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// A body that tells the connection's clock when somebody waits for it, and fails when the client
/// takes too long or gives up.
pub(super) struct Received {
    body: Incoming,
    clock: Arc<Clock>,
}

impl Received {
    pub(super) fn new(body: Incoming, clock: Arc<Clock>) -> Self {
        Self { body, clock }
    }
}

impl Body for Received {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(frame) => {
                let is_complete = frame.is_none() || self.body.is_end_stream();
                self.clock.body_moved(is_complete);
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending => match self.clock.body_waits(cx.waker()) {
                Ok(()) => Poll::Pending,
                Err(end) => Poll::Ready(Some(Err(match end {
                    BodyEnd::TimedOut => BodyTimeout.into(),
                    BodyEnd::Truncated => BodyTruncated.into(),
                }))),
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Received {
    fn drop(&mut self) {
        self.clock.body_dropped();
    }
}
