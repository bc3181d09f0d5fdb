//! Refusing requests.

use super::{IntoResponse, Response, response::refusal};
use std::fmt;

/// The response to a request that a route refuses.
///
/// Every type that a route can return converts into a rejection. So `?` can return from a
/// [`RouteFn`](crate::RouteFn) with the rejection of an extractor, with a
/// [`StatusCode`](crate::StatusCode), or with a rejection that was created earlier. The response is
/// boxed, because most requests are not refused.
///
/// A rejection never has a success status: a text alone, whose status would be 200, becomes a 500, and
/// the fault is logged. To reject with a text, give it a status: `(StatusCode::FORBIDDEN, "no")`.
pub struct Rejection(Box<Response>);

impl Rejection {
    /// Returns the response.
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
