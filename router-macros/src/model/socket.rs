//! The socket of a module.

use super::{event::Event, input::Input, options::Settings, route::RoutePath, signature::Handler};
use std::rc::Rc;
use syn::Type;

pub(crate) struct Socket {
    /// Where clients connect; without it, sockets come only from `Upgrade<Self>` in a route.
    pub(crate) path: Option<RoutePath>,
    /// What each connection carries; `()` if nothing is said.
    pub(crate) data: Option<Type>,
    pub(crate) settings: Settings,
    /// More than one only where `#[cfg]` leaves one.
    pub(crate) admissions: Vec<Admission>,
    pub(crate) handlers: Vec<EventHandler>,
}

/// `#[on(upgrade)]`: makes the data of a new connection, or refuses it.
pub(crate) struct Admission {
    pub(crate) handler: Rc<Handler>,
    pub(crate) inputs: Vec<Input>,
}

pub(crate) struct EventHandler {
    pub(crate) event: Event,
    pub(crate) handler: Rc<Handler>,
}
