//! The head of a request.

use super::{PathParameter, QueryError, Rejection, parameter, query, request::RouteContext};
use crate::hub::Hub;
use http::{
    Extensions, HeaderMap, HeaderName, Method, StatusCode, Uri, Version, header::CONTENT_LENGTH,
    request::Parts,
};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use smallvec::SmallVec;
use std::{borrow::Cow, fmt, net::SocketAddr, ops::Range, sync::Arc};

/// The byte ranges of the parameters' values in the path.
pub(crate) type Ranges = SmallVec<[Range<u32>; 4]>;

/// Returns the value of `Content-Length`, or `None` if the header is missing or not a number.
pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The path of a request, as it is compared with the patterns of routes.
pub(crate) struct Path {
    /// The path as [`router_pattern::canonical`] returns it: percent-encoded only where necessary. `None` if
    /// it equals the received path.
    canonical: Option<Box<str>>,
    /// The byte ranges of the parameters' values in this path.
    values: Ranges,
}

impl Path {
    pub(crate) fn new(canonical: Cow<'_, str>, values: Ranges) -> Self {
        let canonical = match canonical {
            Cow::Borrowed(_) => None,
            Cow::Owned(path) => Some(path.into()),
        };
        Self { canonical, values }
    }
}

/// The head of a request: everything except its body.
///
/// # Examples
///
/// ```
/// use router::prelude::*;
///
/// struct Status;
///
/// #[routes]
/// impl Status {
///     #[route(get, "/status")]
///     fn status(&self, head: &RequestHead) -> String {
///         format!("{} {} from {}", head.method(), head.uri(), head.remote_addr())
///     }
/// }
/// ```
pub struct RequestHead {
    pub(super) parts: Parts,
    remote: SocketAddr,
    pub(super) context: Arc<RouteContext>,
    path: Path,
}

impl RequestHead {
    pub(super) fn new(
        parts: Parts,
        remote: SocketAddr,
        context: Arc<RouteContext>,
        path: Path,
    ) -> Self {
        Self {
            parts,
            remote,
            context,
            path,
        }
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.parts.method
    }

    /// The request's target, including the query.
    pub fn uri(&self) -> &Uri {
        &self.parts.uri
    }

    /// The path as received: percent-encoded, and without the query.
    ///
    /// To read a parameter, use an argument of the handler or [`param`](Self::param), which are
    /// percent-decoded.
    ///
    /// # Examples
    ///
    /// Use this method instead of [`uri`](Self::uri) in logs, because the query may contain secrets:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// fn log(head: &RequestHead) {
    ///     tracing::info!("{} {}", head.method(), head.path());
    /// }
    /// ```
    pub fn path(&self) -> &str {
        self.parts.uri.path()
    }

    /// The HTTP version.
    pub fn version(&self) -> Version {
        self.parts.version
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// The first value of a header, if it is visible ASCII.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// fn language(head: &RequestHead) -> &'static str {
    ///     match head.header("accept-language") {
    ///         Some(languages) if languages.starts_with("de") => "de",
    ///         _ => "en",
    ///     }
    /// }
    /// ```
    pub fn header(&self, name: impl TryInto<HeaderName>) -> Option<&str> {
        self.parts.headers.get(name.try_into().ok()?)?.to_str().ok()
    }

    /// The extensions that layers have attached to the request.
    ///
    /// # Examples
    ///
    /// The name of the tenant, if a layer has determined it:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// #[derive(Clone)]
    /// struct Tenant(String);
    ///
    /// fn tenant(head: &RequestHead) -> Option<&str> {
    ///     let tenant = head.extensions().get::<Tenant>()?;
    ///     Some(&tenant.0)
    /// }
    /// ```
    pub fn extensions(&self) -> &Extensions {
        &self.parts.extensions
    }

    /// The client's address: the address of the other end of the TCP connection. `0.0.0.0:0` if the app runs
    /// as a service and the address [is not known](crate::AppService::remote_addr_from).
    pub fn remote_addr(&self) -> SocketAddr {
        self.remote
    }

    /// The name of the route's handler, for the log.
    pub(crate) fn handler(&self) -> &'static str {
        self.context.handler
    }

    /// The app's topics.
    pub fn hub(&self) -> &Hub {
        &self.context.app.hub
    }

    /// Reads the query, as [`Query`](crate::Query) does.
    ///
    /// # Errors
    ///
    /// Returns an error if the query cannot be deserialized into `T`.
    ///
    /// # Examples
    ///
    /// The query is read only if the client asks for a page:
    ///
    /// ```
    /// use router::{QueryError, prelude::*};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Page { number: u32 }
    ///
    /// struct Notes;
    ///
    /// #[routes]
    /// impl Notes {
    ///     #[route(get, "/notes")]
    ///     fn list(&self, head: &RequestHead) -> Result<String, QueryError> {
    ///         if head.uri().query().is_none() {
    ///             return Ok("all notes".to_owned());
    ///         }
    ///         let page: Page = head.query()?;
    ///         Ok(format!("page {}", page.number))
    ///     }
    /// }
    /// ```
    pub fn query<T: DeserializeOwned>(&self) -> Result<T, QueryError> {
        query::parse(self)
    }

    /// Returns the value of a parameter of the route's pattern, percent-decoded.
    ///
    /// Returns `None` if the pattern has no parameter of this name, or if the value cannot be decoded.
    ///
    /// # Examples
    ///
    /// An extractor for all routes whose path contains `{_room}`. The underscore states that the handler
    /// has no argument of this name.
    ///
    /// ```
    /// use router::{FromRequest, prelude::*};
    /// use std::sync::Arc;
    ///
    /// struct Room(String);
    ///
    /// impl<M: Send + Sync> FromRequest<M> for Room {
    ///     type Rejection = StatusCode;
    ///
    ///     async fn from_request(_: &Arc<M>, request: &mut Request) -> Result<Self, StatusCode> {
    ///         let room = request.head().param("_room").ok_or(StatusCode::NOT_FOUND)?;
    ///         Ok(Self(format!("room:{room}")))
    ///     }
    /// }
    ///
    /// struct Rooms;
    ///
    /// #[routes]
    /// impl Rooms {
    ///     #[route(get, "/rooms/{_room}/count")]
    ///     fn count(&self, room: Room, hub: &Hub) -> String {
    ///         hub.subscriber_count(&room.0).to_string()
    ///     }
    /// }
    /// ```
    pub fn param(&self, name: &str) -> Option<Cow<'_, str>> {
        let index = self.context.names.iter().position(|other| other == name)?;
        self.decoded(index).ok()
    }

    /// Parses the value of a parameter of the route's pattern, as for a handler argument of the same
    /// name.
    ///
    /// # Errors
    ///
    /// Returns a 400 that names the parameter if its value cannot be decoded or parsed. Returns a 500 if
    /// the pattern has no parameter of this name.
    ///
    /// # Examples
    ///
    /// A table of routes that is written by hand:
    ///
    /// ```
    /// use router::{by_hand::{Answer, Module, Route}, Method};
    ///
    /// struct Users;
    ///
    /// impl Module for Users {
    ///     const ROUTES: &'static [Route<Self>] = &[Route::new(
    ///         Method::GET,
    ///         "/users/{id}",
    ///         "Users::user",
    ///         |_users, request| {
    ///             let id: u64 = request.head().parse_param("id")?;
    ///             Ok(Answer::ready(format!("user {id}")))
    ///         },
    ///     )];
    /// }
    /// ```
    pub fn parse_param<T: PathParameter>(&self, name: &str) -> Result<T, Rejection> {
        match self.context.names.iter().position(|other| other == name) {
            Some(index) => parameter::parse(self, index, name),
            None => {
                crate::log::error!(
                    name,
                    "a handler asked for a parameter that the path of its route does not have"
                );
                Err(StatusCode::INTERNAL_SERVER_ERROR.into())
            }
        }
    }

    pub(super) fn decoded(&self, index: usize) -> Result<Cow<'_, str>, &'static str> {
        let Path { canonical, values } = &self.path;
        let path = canonical.as_deref().unwrap_or(self.path());
        let raw = values
            .get(index)
            .and_then(|Range { start, end }| path.get(*start as usize..*end as usize));
        let raw = raw.unwrap_or_default();
        if !raw.as_bytes().contains(&b'%') {
            return Ok(Cow::Borrowed(raw));
        }
        // Checked first, because the decoder leaves invalid percent-encoding unchanged.
        let is_code = |code: &str| {
            let digits = code.as_bytes().first_chunk::<2>();
            digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        };
        if !raw.split('%').skip(1).all(is_code) {
            return Err("not valid percent-encoding");
        }
        percent_decode_str(raw)
            .decode_utf8()
            .map_err(|_| "not valid UTF-8")
    }
}

impl fmt::Debug for RequestHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", self.method())
            .field("uri", self.uri())
            .field("headers", self.headers())
            .finish_non_exhaustive()
    }
}
