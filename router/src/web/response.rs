//! The types that a handler can return.

use super::{Body, Rejection};
use crate::log;
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_TYPE, SET_COOKIE},
};
use smallvec::SmallVec;
use std::{borrow::Cow, convert::Infallible};

/// An HTTP response with this crate's [`Body`].
pub type Response = http::Response<Body>;

/// Types that a route can return.
///
/// These are texts, bytes, [`Html`], [`Json`](crate::Json), [`Redirect`](crate::Redirect), a
/// [`StatusCode`], `()` (an empty 200), and a whole [`Response`]; tuples that put a status, headers
/// ([`IntoHeaders`]), or both before one of these; and a `Result` of two of them.
///
/// The error of a `Result` must have a status of its own, and this status cannot be a success: if an
/// error has a 2xx status, the client receives a 500 instead, and the fault is logged.
///
/// A handler does not control the properties of the connection: `Transfer-Encoding` and a wrong
/// `Content-Length` are corrected, `Connection` is removed unless it is `close`, and a response with a
/// 1xx status is replaced by a 500.
///
/// # Examples
///
/// ```
/// use router::prelude::*;
///
/// struct Notes;
///
/// #[routes]
/// impl Notes {
///     #[route(post, "/notes")]
///     fn create(&self, text: String) -> Result<(StatusCode, [(&'static str, &'static str); 1], String), StatusCode> {
///         if text.is_empty() {
///             return Err(StatusCode::UNPROCESSABLE_ENTITY);
///         }
///         Ok((StatusCode::CREATED, [("location", "/notes/1")], text))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned from a route",
    label = "`{Self}` is not a response",
    note = "a route returns `&'static str`, `String`, `Html<_>`, `Json<_>`, `Bytes`, `StatusCode`, `Redirect`, `Response`, `()`,\na tuple of a status and/or headers followed by one of these, a `Result` of these types, or a type that implements `router::IntoResponse`"
)]
pub trait IntoResponse {
    /// Whether the response has a status of its own.
    ///
    /// `false` for types that are only a body, such as `String` and [`Json`](crate::Json). Returned
    /// alone, they are sent with status 200. They cannot be the error of a `Result` that a route
    /// returns, because the client would take the failure for a success. To use such a type as an error,
    /// put a status before it: `(StatusCode, String)`.
    const HAS_STATUS: bool = true;

    /// Whether the type is a `Result` whose error has no status of its own.
    #[doc(hidden)]
    const FAILS_WITHOUT_STATUS: bool = false;

    /// Converts the value into a response.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// let response = (StatusCode::CREATED, [("location", "/notes/1")], "hello").into_response();
    /// assert_eq!(response.status(), StatusCode::CREATED);
    /// assert_eq!(response.headers()["location"], "/notes/1");
    /// ```
    fn into_response(self) -> Response;
}

/// An HTML page, sent as `text/html; charset=utf-8`.
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
///     #[route(get, "/")]
///     fn index(&self) -> Html<&'static str> {
///         Html("<h1>Welcome</h1>")
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Html<T>(pub T);

fn with_type(body: impl Into<Body>, content_type: &'static str) -> Response {
    let mut response = Response::new(body.into());
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";

#[diagnostic::do_not_recommend]
impl IntoResponse for &'static str {
    const HAS_STATUS: bool = false;

    fn into_response(self) -> Response {
        with_type(self, TEXT)
    }
}

#[diagnostic::do_not_recommend]
impl IntoResponse for String {
    const HAS_STATUS: bool = false;

    fn into_response(self) -> Response {
        with_type(self, TEXT)
    }
}

#[diagnostic::do_not_recommend]
impl IntoResponse for &'static [u8] {
    const HAS_STATUS: bool = false;

    fn into_response(self) -> Response {
        with_type(self, BYTES)
    }
}

#[diagnostic::do_not_recommend]
impl IntoResponse for Vec<u8> {
    const HAS_STATUS: bool = false;

    fn into_response(self) -> Response {
        with_type(self, BYTES)
    }
}

#[diagnostic::do_not_recommend]
impl IntoResponse for Bytes {
    const HAS_STATUS: bool = false;

    fn into_response(self) -> Response {
        with_type(self, BYTES)
    }
}

#[diagnostic::do_not_recommend]
impl IntoResponse for Cow<'static, str> {
    const HAS_STATUS: bool = false;

    fn into_response(self) -> Response {
        match self {
            Cow::Borrowed(text) => text.into_response(),
            Cow::Owned(text) => text.into_response(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Into<Body>> IntoResponse for Html<T> {
    const HAS_STATUS: bool = false;

    fn into_response(self) -> Response {
        with_type(self.0, "text/html; charset=utf-8")
    }
}

#[diagnostic::do_not_recommend]
impl IntoResponse for () {
    const HAS_STATUS: bool = false;

    fn into_response(self) -> Response {
        Response::default()
    }
}

#[diagnostic::do_not_recommend]
impl IntoResponse for Infallible {
    fn into_response(self) -> Response {
        match self {}
    }
}

#[diagnostic::do_not_recommend]
impl IntoResponse for Body {
    const HAS_STATUS: bool = false;

    fn into_response(self) -> Response {
        Response::new(self)
    }
}

#[diagnostic::do_not_recommend]
impl IntoResponse for Response {
    fn into_response(self) -> Response {
        self
    }
}

/// The body of an error status is its reason phrase. Other statuses have an empty body.
#[diagnostic::do_not_recommend]
impl IntoResponse for StatusCode {
    fn into_response(self) -> Response {
        let error = self.is_client_error() || self.is_server_error();
        let mut response = match self.canonical_reason() {
            Some(reason) if error => reason.into_response(),
            _ => Response::default(),
        };
        *response.status_mut() = self;
        response
    }
}

impl<T: IntoResponse, E: IntoResponse> IntoResponse for Result<T, E> {
    const HAS_STATUS: bool = T::HAS_STATUS && E::HAS_STATUS;
    const FAILS_WITHOUT_STATUS: bool =
        !E::HAS_STATUS || T::FAILS_WITHOUT_STATUS || E::FAILS_WITHOUT_STATUS;

    fn into_response(self) -> Response {
        match self {
            Ok(value) => value.into_response(),
            Err(error) => refusal::<E>(error.into_response()),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoResponse> IntoResponse for Result<T, Rejection> {
    const HAS_STATUS: bool = T::HAS_STATUS;
    const FAILS_WITHOUT_STATUS: bool = T::FAILS_WITHOUT_STATUS;

    fn into_response(self) -> Response {
        match self {
            Ok(value) => value.into_response(),
            Err(rejection) => rejection.into_response(),
        }
    }
}

/// Marks a response made from an error, so that `(StatusCode, R)` does not replace its status by a
/// success status.
#[derive(Clone, Copy)]
struct Failed;

/// Marks a response whose cause has already been logged.
#[derive(Clone, Copy)]
pub(crate) struct Logged;

/// Marks the response of an error of type `E`. A success status is replaced by a 500, because caches
/// would store the response, and clients would take it for the requested content. A 1xx status is
/// replaced as well, because an error does not establish the socket that a 101 announces.
pub(super) fn refusal<E>(mut response: Response) -> Response {
    let status = response.status();
    if status.is_success() || status.is_informational() {
        log::error!(
            status = status.as_u16(),
            r#type = std::any::type_name::<E>(),
            "an error has a 1xx or 2xx status; 500 is sent instead"
        );
        return internal_error();
    }
    response.extensions_mut().insert(Failed);
    response
}

/// Returns a 500 for a fault of the program that has already been logged.
pub(crate) fn internal_error() -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Failed);
    response
}

/// Headers that a tuple sets on a response: a [`HeaderMap`], or an array or vector of pairs.
///
/// They replace headers of the same name that the response already has, except `Set-Cookie`: each cookie
/// has a header line of its own (RFC 6265 §3), so cookies are added. A name that occurs several times in
/// the list is sent several times. This trait cannot be implemented outside this crate.
///
/// # Examples
///
/// ```
/// use router::prelude::*;
///
/// let headers = vec![
///     ("content-type", "text/csv"), // replaces `text/plain`
///     ("set-cookie", "seen=yes"),
///     ("set-cookie", "theme=dark"),
/// ];
/// let response = (headers, "name,score").into_response();
/// assert_eq!(response.headers()["content-type"], "text/csv");
/// assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
/// ```
pub trait IntoHeaders: sealed::Sealed {
    /// Sets the headers. The error names the header that is not valid.
    #[doc(hidden)]
    fn set(self, headers: &mut HeaderMap) -> Result<(), String>;
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for http::HeaderMap {}
    impl<K, V, const N: usize> Sealed for [(K, V); N] {}
    impl<K, V> Sealed for Vec<(K, V)> {}
}

impl IntoHeaders for HeaderMap {
    fn set(self, headers: &mut HeaderMap) -> Result<(), String> {
        let mut current = None;
        for (name, value) in self {
            match (name, &current) {
                // A `HeaderMap` yields further values of a name without the name.
                (None, Some(name)) => {
                    headers.append(name, value);
                }
                (None, None) => {}
                (Some(name), _) => {
                    put(headers, name.clone(), value);
                    current = Some(name);
                }
            }
        }
        Ok(())
    }
}

impl<K, V, const N: usize> IntoHeaders for [(K, V); N]
where
    K: TryInto<HeaderName>,
    V: TryInto<HeaderValue>,
{
    fn set(self, headers: &mut HeaderMap) -> Result<(), String> {
        put_all(headers, self)
    }
}

impl<K, V> IntoHeaders for Vec<(K, V)>
where
    K: TryInto<HeaderName>,
    V: TryInto<HeaderValue>,
{
    fn set(self, headers: &mut HeaderMap) -> Result<(), String> {
        put_all(headers, self)
    }
}

fn put_all<K, V>(
    headers: &mut HeaderMap,
    list: impl IntoIterator<Item = (K, V)>,
) -> Result<(), String>
where
    K: TryInto<HeaderName>,
    V: TryInto<HeaderValue>,
{
    let mut seen: SmallVec<[HeaderName; 4]> = SmallVec::new();
    for (name, value) in list {
        let name = name
            .try_into()
            .map_err(|_| "a header's name is not valid".to_owned())?;
        let value = value.try_into();
        let value = value.map_err(|_| format!("the value of header `{name}` is not valid"))?;
        if seen.contains(&name) {
            headers.append(name, value);
        } else {
            put(headers, name.clone(), value);
            seen.push(name);
        }
    }
    Ok(())
}

/// Sets the first value of a header. It replaces earlier values, except for `Set-Cookie`.
fn put(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    if name == SET_COOKIE {
        headers.append(name, value);
    } else {
        headers.insert(name, value);
    }
}

/// A response made from an error keeps its status, unless the new status is an error as well.
#[diagnostic::do_not_recommend]
impl<R: IntoResponse> IntoResponse for (StatusCode, R) {
    fn into_response(self) -> Response {
        let (status, response) = self;
        let mut response = response.into_response();
        let is_error = status.is_client_error() || status.is_server_error();
        if is_error || response.extensions().get::<Failed>().is_none() {
            *response.status_mut() = status;
        }
        response
    }
}

#[diagnostic::do_not_recommend]
impl<H: IntoHeaders, R: IntoResponse> IntoResponse for (H, R) {
    const HAS_STATUS: bool = R::HAS_STATUS;
    const FAILS_WITHOUT_STATUS: bool = R::FAILS_WITHOUT_STATUS;

    fn into_response(self) -> Response {
        let mut response = self.1.into_response();
        match self.0.set(response.headers_mut()) {
            Ok(()) => response,
            Err(fault) => {
                log::limited!(error, fault = log::plain(fault), "a response was not sent");
                internal_error()
            }
        }
    }
}

#[diagnostic::do_not_recommend]
impl<H: IntoHeaders, R: IntoResponse> IntoResponse for (StatusCode, H, R) {
    fn into_response(self) -> Response {
        let (status, headers, response) = self;
        (status, (headers, response)).into_response()
    }
}
