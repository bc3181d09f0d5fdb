//! Redirects.

use super::{Body, IntoResponse, Response, response::internal_error};
use crate::log;
use http::{HeaderValue, StatusCode, header::LOCATION};

/// A response that sends the client to another address (RFC 9110 §15.4).
///
/// It can be the error of a route's `Result`: a page that requires a login can redirect to the login
/// page.
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
    /// 303: the client requests `location` with GET, whatever the method of its original request was.
    pub fn to(location: impl Into<String>) -> Self {
        Self::with(StatusCode::SEE_OTHER, location)
    }

    /// 307: the client repeats its request at `location`, with its method and body.
    pub fn temporary(location: impl Into<String>) -> Self {
        Self::with(StatusCode::TEMPORARY_REDIRECT, location)
    }

    /// 308: like [`temporary`](Self::temporary), and the redirect also applies to all later requests.
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

/// Answers 500 if the location is not a valid header value, for example because it contains a line
/// break.
#[diagnostic::do_not_recommend]
impl IntoResponse for Redirect {
    fn into_response(self) -> Response {
        let Ok(location) = HeaderValue::try_from(self.location) else {
            log::limited!(
                error,
                "a redirect was not sent: its location is not a valid header value"
            );
            return internal_error();
        };
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        response.headers_mut().insert(LOCATION, location);
        response
    }
}
