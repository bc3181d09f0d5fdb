//! An app: modules mounted, patterns matched, layers around them.
//!
//! | file | is about |
//! |---|---|
//! | `module` | what the attributes generate: a module's table of routes |
//! | `pattern` | the grammar of paths (the same file as in `router-macros`) |
//! | `table` | all routes of an app, by path and method |
//! | `dispatch` | from a request to its handler |
//! | `layer` | tower layers |
//! | `builder` | `Router` |

mod builder;
mod dispatch;
mod layer;
mod module;
mod pattern;
mod table;

pub use builder::Router;
pub(crate) use dispatch::App;
pub use layer::Routes;
pub use module::{Module, ResponseFuture, Route, RouteFn};
pub(crate) use table::Origin;
