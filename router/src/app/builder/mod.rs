//! `Router`, the builder of an app.
//!
//! | file | is about |
//! |---|---|
//! | `app` | the modules, layers and hosts |
//! | `limits` | how much clients can take: sizes, connections, memory |
//! | `timeouts` | the time limits of HTTP connections |
//! | `lifetime` | background tasks and the shutdown |
//!
//! `server/serve.rs` has the methods that start a server.

mod app;
mod lifetime;
mod limits;
mod timeouts;

use super::{HeadLimits, ServerSettings, hosts::Hosts, layer::Wrap, table};
use crate::{error::Problem, hub::Hub, websocket::Endpoint};
use std::{fmt, sync::Arc, time::Duration};

/// The builder of an app: its modules, layers and settings.
///
/// # Examples
///
/// ```no_run
/// use router::prelude::*;
///
/// struct Hello;
///
/// #[routes]
/// impl Hello {
///     #[route(get, "/")]
///     fn index(&self) -> &'static str { "hello" }
/// }
///
/// #[tokio::main]
/// async fn main() -> Result<(), router::Error> {
///     Router::new().mount(Hello).serve("127.0.0.1:3000").await
/// }
/// ```
#[must_use = "a router does nothing until it is served"]
pub struct Router {
    hub: Hub,
    routes: table::MountedRoutes,
    endpoints: Vec<Arc<Endpoint>>,
    layers: Vec<Wrap>,
    body_limit: usize,
    hosts: Option<Hosts>,
    head_limits: HeadLimits,
    settings: ServerSettings,
    prints_routes: bool,
    problems: Vec<Problem>,
}

/// The longest duration that is used, so that adding it to the current time cannot overflow.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Default for Router {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router").finish_non_exhaustive()
    }
}
