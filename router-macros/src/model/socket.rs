//! The socket of a module.

use super::{event::Event, input::Input, options::Settings, route::RoutePath, signature::Handler};
use std::rc::Rc;
use syn::Type;

pub(crate) struct Socket {
    /// The path to which clients connect. Without it, only routes that take `Upgrade<Self>` open
    /// sockets.
    pub(crate) path: Option<RoutePath>,
    /// The type of each connection's data; `()` if the option is omitted.
    pub(crate) data: Option<Type>,
    pub(crate) settings: Settings,
    /// The handlers of `#[on(upgrade)]`. If there are several, their `#[cfg]`s keep at most one.
    pub(crate) admissions: Vec<Admission>,
    pub(crate) handlers: Vec<EventHandler>,
}

/// A handler of `#[on(upgrade)]`, which creates the data of a new connection or rejects the
/// request.
pub(crate) struct Admission {
    pub(crate) handler: Rc<Handler>,
    pub(crate) inputs: Vec<Input>,
}

pub(crate) struct EventHandler {
    pub(crate) event: Event,
    pub(crate) handler: Rc<Handler>,
}
