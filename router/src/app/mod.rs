//! An app: mounted modules, the matching of paths, and layers.
//!
//! | file | is about |
//! |---|---|
//! | `module` | the trait that the attributes implement: a module's table of routes |
//! | `conflict` | conflicts between the routes of two modules, found at compile time |
//! | `table` | all routes of an app, by path and method |
//! | `listing` | the list of an app's routes, for printing |
//! | `dispatch` | finding and calling the handler of a request |
//! | `edge` | rules for every request and response: limits, hosts, and headers that frame messages |
//! | `hosts` | the hosts that an app serves |
//! | `head_limits` | limits on the head of a request |
//! | `layer` | tower layers |
//! | `builder/` | `Router` |
//! | `settings` | the settings of a server, which `Router` collects |
//! | `stop_signal` | how background tasks learn of the shutdown |

mod builder;
pub(crate) mod conflict;
mod dispatch;
mod edge;
mod head_limits;
mod hosts;
mod layer;
mod listing;
mod module;
mod settings;
mod stop_signal;
mod table;

pub use builder::{OriginalUri, Router};
pub(crate) use dispatch::{App, Responding};
pub(crate) use head_limits::HeadLimits;
pub use layer::{HttpService, ResponseBody, Routes};
pub use listing::{RouteInfo, RouteTable};
pub use module::{Answer, Module, Route, RouteFn};
pub(crate) use module::{Origin, RouteKind};
pub(crate) use settings::{ServerSettings, Starter, Timeouts, Trigger};
pub use stop_signal::StopSignal;
