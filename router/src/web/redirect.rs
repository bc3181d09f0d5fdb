//! Sending a client elsewhere.

use super::{Body, IntoResponse, Response, response::internal_error};
use crate::log;
use http::{HeaderValue, StatusCode, header::LOCATION};

/// A response that sends the client to another address (RFC 9110 §15.4).
///
/// It can be the error of a route's `Result`: a page that needs a login sends to the login page.
///
/// # Examples
///
/// ```
/// use router::prelude::*;
///
/// struct Pages;
///
/// #[routes]
/// impl Pages {
///     #[route(get, "/account")]
///     fn account(&self, headers: &HeaderMap) -> Result<&'static str, Redirect> {
///         headers.get("cookie").map(|_| "your account").ok_or_else(|| Redirect::to("/login"))
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    status: StatusCode,
    location: String,
}

impl Redirect {
    /// 303: the client gets `location`, whatever the method of its request was.
    pub fn to(location: impl Into<String>) -> Self {
        Self::with(StatusCode::SEE_OTHER, location)
    }

    /// 307: the client repeats its request at `location`, with its method and body.
    pub fn temporary(location: impl Into<String>) -> Self {
        Self::with(StatusCode::TEMPORARY_REDIRECT, location)
    }

    /// 308: as [`temporary`](Self::temporary), and for all requests to come.
    pub fn permanent(location: impl Into<String>) -> Self {
        Self::with(StatusCode::PERMANENT_REDIRECT, location)
    }

    fn with(status: StatusCode, location: impl Into<String>) -> Self {
        Self {
            status,
            location: location.into(),
        }
    }
}

/// A location that is not a header value, with a line break in it, say, is answered 500.
#[diagnostic::do_not_recommend]
impl IntoResponse for Redirect {
    fn into_response(self) -> Response {
        let Ok(location) = HeaderValue::try_from(self.location) else {
            log::limited!(error, "a redirect was not sent: its location is not valid");
            return internal_error();
        };
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        response.headers_mut().insert(LOCATION, location);
        response
    }
}
