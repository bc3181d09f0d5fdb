//! An app: modules mounted, patterns matched, layers around them.
//!
//! | file | is about |
//! |---|---|
//! | `module` | what the attributes generate: a module's table of routes |
//! | `pattern` | the grammar of paths (the same file as in `router-macros`) |
//! | `conflict` | routes of two modules in each other's way, for the compiler to find |
//! | `table` | all routes of an app, by path and method |
//! | `listing` | the routes of an app, to look at |
//! | `dispatch` | from a request to its handler |
//! | `edge` | what holds for every request and response: limits, hosts, and headers that frame messages |
//! | `hosts` | the hosts that an app answers for |
//! | `head_limits` | the largest head of a request |
//! | `layer` | tower layers |
//! | `builder` | `Router` |

mod builder;
pub(crate) mod conflict;
mod dispatch;
mod edge;
mod head_limits;
mod hosts;
mod layer;
mod listing;
mod module;
mod pattern;
mod table;

pub use builder::Router;
pub(crate) use dispatch::{App, Responding};
pub(crate) use head_limits::HeadLimits;
pub use layer::Routes;
pub use listing::{RouteInfo, RouteTable};
pub(crate) use module::Kind;
pub use module::{Answer, Module, Route, RouteFn};
pub(crate) use table::Origin;
