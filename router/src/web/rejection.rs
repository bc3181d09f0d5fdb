//! How a request is refused.

use super::{IntoResponse, Response, response::refusal};
use std::fmt;

/// The response to a request that a route refuses.
///
/// Whatever can be returned from a route becomes one: `?` leaves a [`RouteFn`](crate::RouteFn)
/// with what an extractor refused, a [`StatusCode`](crate::StatusCode), or a rejection that was made
/// before. It is boxed, since most requests are not refused.
///
/// A rejection never has a status of success: a text alone, which would be answered 200, becomes a
/// 500 and a log line. Give it a status: `(StatusCode::FORBIDDEN, "no")`.
pub struct Rejection(Box<Response>);

impl Rejection {
    /// The response itself.
    pub fn into_response(self) -> Response {
        *self.0
    }
}

impl<R: IntoResponse> From<R> for Rejection {
    fn from(response: R) -> Self {
        Self(Box::new(refusal::<R>(response.into_response())))
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rejection").field(&self.0.status()).finish()
    }
}
