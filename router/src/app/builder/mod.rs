//! `Router`, the builder of an app.
//!
//! | file | is about |
//! |---|---|
//! | `router` | the modules, layers and hosts |
//! | `service` | tower services below a prefix |
//! | `limits` | limits on clients: sizes, connections, memory |
//! | `timeouts` | the time limits of HTTP connections |
//! | `lifetime` | background tasks and the shutdown |
//!
//! `server/serve.rs` has the methods that start a server.

// First, because rustdoc lists the methods of `Router` in the order of the modules.
mod router;

mod lifetime;
mod limits;
mod service;
mod timeouts;

pub use router::Router;
pub use service::OriginalUri;

use std::time::Duration;

/// The longest duration that is used, so that adding it to the current time cannot overflow.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
