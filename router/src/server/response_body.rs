//! The body of a response, until hyper has taken all of it.

use super::clock::Clock;
use crate::{user_error::BoxError, web::Body};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// A response's body that reports to the connection's clock when it is dropped.
pub(super) struct ResponseBody {
    body: Body,
    clock: Arc<Clock>,
}

impl ResponseBody {
    pub(super) fn new(body: Body, clock: Arc<Clock>) -> Self {
        Self { body, clock }
    }
}

impl http_body::Body for ResponseBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        self.clock.end_response();
    }
}
