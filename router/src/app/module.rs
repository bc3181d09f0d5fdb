//! A module: a type with a table of routes.

use super::pattern;
use crate::{
    web::{IntoResponse, Rejection, Request, Response},
    websocket::Options,
};
use http::Method;
use std::{fmt, panic::Location, pin::Pin, sync::Arc};

/// A type whose methods answer requests: what `#[routes]` and `#[websocket]` implement.
///
/// The table can be written by hand just as well; the attributes emit nothing else.
///
/// # Examples
///
/// ```
/// use router::{Answer, Method, Module, Route, Router};
///
/// struct Hello;
///
/// impl Module for Hello {
///     const ROUTES: &'static [Route<Self>] = &[Route::new(
///         Method::GET,
///         "/hello/{name}",
///         "Hello::hello",
///         |_hello, request| {
///             let name: String = request.head().parse_param("name")?;
///             Ok(Answer::now(format!("hello, {name}")))
///         },
///     )];
/// }
///
/// let router = Router::new().mount(Hello);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a module",
    label = "has no routes",
    note = "put `#[routes]` or `#[websocket]` on an `impl {Self}` block"
)]
pub trait Module: Send + Sync + Sized + 'static {
    /// The routes.
    const ROUTES: &'static [Route<Self>];

    /// The options of the module's sockets, if it has any: `Some(<Self as WebSocket>::OPTIONS)`.
    const SOCKET: Option<Options> = None;
}

/// A route's handler: takes what it needs from the request, calls the method, makes the response.
pub type RouteFn<M> = fn(Arc<M>, Request) -> Result<Answer, Rejection>;

/// What a route's handler answers with: a response, or the future of one.
pub struct Answer(pub(super) Answered);

pub(super) enum Answered {
    Now(Response),
    Later(Pin<Box<dyn Future<Output = Result<Response, Rejection>> + Send>>),
}

impl Answer {
    /// A response that is there already.
    pub fn now(response: impl IntoResponse) -> Self {
        Self(Answered::Now(response.into_response()))
    }

    /// A response that has to be waited for.
    pub fn later(
        response: impl Future<Output = Result<Response, Rejection>> + Send + 'static,
    ) -> Self {
        Self(Answered::Later(Box::pin(response)))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Answered::Now(response) => f.debug_tuple("Now").field(&response.status()).finish(),
            Answered::Later(_) => f.write_str("Later"),
        }
    }
}

/// One route of a module.
pub struct Route<M> {
    pub(crate) kind: Kind,
    pub(crate) pattern: &'static str,
    /// What routes are compared by in constants.
    pub(crate) fingerprint: u64,
    pub(crate) name: &'static str,
    /// Where the row is written; rows of the attributes stand at their handlers.
    pub(crate) place: &'static Location<'static>,
    pub(crate) run: RouteFn<M>,
}

/// What a route answers to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Method(Method),
    Socket,
}

impl Kind {
    /// The method, or `WebSocket`.
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Method(method) => method.as_str(),
            Self::Socket => "WebSocket",
        }
    }
}

impl<M> Route<M> {
    /// A route for requests with this method whose path matches `pattern`.
    ///
    /// A pattern's segments are literal, `{name}`, or at the end `{*name}` for all that follows.
    /// Literal goes before parameter, parameter before wildcard. `name` says in messages whose
    /// handler this is, and the place of the call where it is.
    #[track_caller]
    pub const fn new(
        method: Method,
        pattern: &'static str,
        name: &'static str,
        run: RouteFn<M>,
    ) -> Self {
        let kind = Kind::Method(method);
        let fingerprint = pattern::fingerprint(kind.known(), pattern);
        Self::with_fingerprint(kind, pattern, fingerprint, name, run)
    }

    /// A route for requests that want to become a socket. It shares its pattern with a GET route,
    /// if there is one: the `Upgrade` header decides.
    #[track_caller]
    pub const fn socket(pattern: &'static str, name: &'static str, run: RouteFn<M>) -> Self {
        let fingerprint = pattern::fingerprint(Kind::Socket.known(), pattern);
        Self::with_fingerprint(Kind::Socket, pattern, fingerprint, name, run)
    }

    /// With the fingerprint that the attributes know: for the compiler it is a lot to compute.
    #[track_caller]
    pub(crate) const fn with_fingerprint(
        kind: Kind,
        pattern: &'static str,
        fingerprint: u64,
        name: &'static str,
        run: RouteFn<M>,
    ) -> Self {
        Self {
            kind,
            pattern,
            fingerprint,
            name,
            place: Location::caller(),
            run,
        }
    }
}

impl<M> fmt::Debug for Route<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route")
            .field("kind", &self.kind)
            .field("pattern", &self.pattern)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
