//! The list of an app's routes.

use super::module::{Origin, RouteKind};
use std::{borrow::Cow, fmt, ops::Deref, panic::Location};

/// The routes of a [`Router`](crate::Router), in the order in which they were mounted.
///
/// It dereferences to a slice of [`RouteInfo`]s, and its `Display` implementation prints a table.
///
/// # Examples
///
/// ```
/// use router::prelude::*;
///
/// struct Users;
///
/// #[routes]
/// impl Users {
///     #[route(get, "/users/{id}")]
///     fn user(&self, id: u64) -> String { format!("user {id}") }
/// }
///
/// let routes = Router::new().mount(Users).routes();
/// assert_eq!(routes[0].method(), "GET");
/// assert_eq!(routes[0].pattern(), "/users/{id}");
/// assert_eq!(routes[0].handler(), "Users::user");
/// println!("{routes}"); // GET  /users/{id}  Users::user  src/main.rs:8
/// ```
#[derive(Debug, Clone)]
pub struct RouteTable(Vec<RouteInfo>);

/// A route of a [`RouteTable`].
#[derive(Debug, Clone)]
pub struct RouteInfo {
    kind: RouteKind,
    pattern: Cow<'static, str>,
    origin: Origin,
}

impl RouteInfo {
    pub(super) fn new(kind: RouteKind, pattern: Cow<'static, str>, origin: Origin) -> Self {
        Self {
            kind,
            pattern,
            origin,
        }
    }

    /// The request method, such as `GET`, `WebSocket` for the path of a socket, or `any` for a
    /// [service](crate::Router::mount_service).
    pub fn method(&self) -> &str {
        self.kind.as_str()
    }

    /// The path, including the prefix of the `impl` block.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The name of the handler: `Type::method`, or the name passed to [`Route::new`](crate::by_hand::Route::new).
    pub fn handler(&self) -> &'static str {
        self.origin.name
    }

    /// The location of the handler in the source, or of the row if the table is written by hand.
    pub fn location(&self) -> &'static Location<'static> {
        self.origin.place
    }
}

impl FromIterator<RouteInfo> for RouteTable {
    fn from_iter<I: IntoIterator<Item = RouteInfo>>(routes: I) -> Self {
        Self(routes.into_iter().collect())
    }
}

impl Deref for RouteTable {
    type Target = [RouteInfo];

    fn deref(&self) -> &[RouteInfo] {
        &self.0
    }
}

impl fmt::Display for RouteTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |of: fn(&RouteInfo) -> &str| {
            let widths = self.iter().map(|route| of(route).chars().count());
            widths.max().unwrap_or(0)
        };
        let method = width(RouteInfo::method);
        let pattern = width(RouteInfo::pattern);
        let handler = width(RouteInfo::handler);
        for route in self.iter() {
            let place = route.location();
            writeln!(
                f,
                "{:method$}  {:pattern$}  {:handler$}  {}:{}",
                route.method(),
                route.pattern(),
                route.handler(),
                place.file(),
                place.line(),
            )?;
        }
        Ok(())
    }
}
