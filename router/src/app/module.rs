//! A module: a type with a table of routes.

use crate::{
    web::{IntoResponse, Rejection, Request, Response},
    websocket::Options,
};
use http::Method;
use std::{fmt, panic::Location, pin::Pin, sync::Arc};

/// A type whose methods handle requests, implemented by `#[routes]` and `#[websocket]`.
///
/// The attributes generate the table of routes. It can also be written by hand.
///
/// # Examples
///
/// ```
/// use router::{by_hand::{Answer, Module, Route}, Method, Router};
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
///             Ok(Answer::ready(format!("hello, {name}")))
///         },
///     )];
/// }
///
/// let router = Router::new().mount(Hello);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a module",
    label = "has no block marked `#[routes]` or `#[websocket]`",
    note = "a module is a type of your own with an `impl` block that is marked `#[routes]` or `#[websocket]`"
)]
pub trait Module: Send + Sync + Sized + 'static {
    /// The table of routes.
    const ROUTES: &'static [Route<Self>];

    /// The options of the module's sockets: `Some(<Self as WebSocket>::OPTIONS)`, or `None` if the module
    /// has no sockets.
    const SOCKET: Option<Options> = None;
}

/// The function of a route: extracts the arguments from the request, calls the method, and answers.
pub type RouteFn<M> = fn(Arc<M>, Request) -> Result<Answer, Rejection>;

/// The answer of a route: a response, or the future of one.
pub struct Answer(pub(super) Answered);

pub(super) enum Answered {
    Now(Response),
    Later(Pin<Box<dyn Future<Output = Result<Response, Rejection>> + Send>>),
}

impl Answer {
    /// An answer whose response is ready.
    pub fn ready(response: impl IntoResponse) -> Self {
        Self(Answered::Now(response.into_response()))
    }

    /// An answer whose response is a future.
    pub fn future(
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
    pub(crate) kind: RouteKind,
    pub(crate) pattern: &'static str,
    /// The hash by which routes are compared in constants.
    pub(crate) fingerprint: u64,
    pub(crate) name: &'static str,
    /// The location of the row in the source. A row from an attribute has the location of its handler.
    pub(crate) place: &'static Location<'static>,
    pub(crate) run: RouteFn<M>,
}

/// The name of a handler, and its location in the source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    pub(super) name: &'static str,
    pub(super) place: &'static Location<'static>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, place } = self;
        write!(f, "`{name}` ({}:{})", place.file(), place.line())
    }
}

/// The kind of requests that a route answers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum RouteKind {
    Method(Method),
    Socket,
    /// All requests that no other route of the path answers.
    Any,
}

impl RouteKind {
    /// The method, `WebSocket` or `any`.
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Method(method) => method.as_str(),
            Self::Socket => "WebSocket",
            Self::Any => "any",
        }
    }
}

impl<M> Route<M> {
    /// A route for requests with this method whose path matches `pattern`.
    ///
    /// A segment of a pattern is literal text, a parameter `{name}`, or, at the end, a wildcard
    /// `{*name}` for the rest of the path. Literal segments take precedence over parameters, and
    /// parameters over wildcards. Error messages refer to the handler by `name` and by the location of
    /// this call.
    #[track_caller]
    pub const fn new(
        method: Method,
        pattern: &'static str,
        name: &'static str,
        run: RouteFn<M>,
    ) -> Self {
        let kind = RouteKind::Method(method);
        let fingerprint = router_pattern::fingerprint(kind.known(), pattern);
        Self::with_fingerprint(kind, pattern, fingerprint, name, run)
    }

    /// A route for WebSocket handshakes. A GET route may have the same pattern: the `Upgrade` header of
    /// the request decides which of the two answers.
    #[track_caller]
    pub const fn socket(pattern: &'static str, name: &'static str, run: RouteFn<M>) -> Self {
        let fingerprint = router_pattern::fingerprint(RouteKind::Socket.known(), pattern);
        Self::with_fingerprint(RouteKind::Socket, pattern, fingerprint, name, run)
    }

    /// A route with a fingerprint that the attributes have computed, because computing it in a constant
    /// is slow to compile.
    #[track_caller]
    pub(crate) const fn with_fingerprint(
        kind: RouteKind,
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
