//! Refusing requests.

use super::{IntoResponse, Response, response::refusal};
use std::fmt;

/// The response to a request that a route refuses.
///
/// Every type that a route can return converts into a rejection. So in a
/// [`RouteFn`](crate::by_hand::RouteFn), `?` accepts an extractor's rejection, a
/// [`StatusCode`](crate::StatusCode), or a `Rejection`. The response is boxed, because most requests are not
/// refused.
///
/// A rejection never has a success status: a text alone, whose status would be 200, becomes a 500, and
/// the fault is logged. To reject with a text, give it a status: `(StatusCode::FORBIDDEN, "no")`.
///
/// # Examples
///
/// ```
/// use router::{Rejection, prelude::*};
///
/// struct Notes;
///
/// #[routes]
/// impl Notes {
///     #[route(put, "/notes/{id}")]
///     fn replace(&self, id: u64, text: String) -> Result<String, Rejection> {
///         let length = u8::try_from(text.len()).map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
///         let id = id.checked_sub(1).ok_or((StatusCode::NOT_FOUND, "notes begin at 1"))?;
///         Ok(format!("note {id} has {length} bytes"))
///     }
/// }
///
/// assert!(Notes.replace(1, "hello".to_owned()).is_ok());
/// assert!(Notes.replace(0, "hello".to_owned()).is_err());
/// ```
pub struct Rejection(Box<Response>);

impl Rejection {
    /// Returns the response.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::{Rejection, prelude::*};
    ///
    /// let rejection = Rejection::from((StatusCode::FORBIDDEN, "members only"));
    /// assert_eq!(rejection.into_response().status(), StatusCode::FORBIDDEN);
    ///
    /// // A text alone would be sent with status 200.
    /// let rejection = Rejection::from("members only");
    /// assert_eq!(rejection.into_response().status(), StatusCode::INTERNAL_SERVER_ERROR);
    /// ```
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
