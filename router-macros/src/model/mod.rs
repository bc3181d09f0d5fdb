//! What a block means, once it is known to be right.
//!
//! `validate` makes these types and `expand` takes them apart; nothing that breaks a rule has a
//! value here, so expansion has nothing to check.

pub(crate) mod event;
pub(crate) mod input;
pub(crate) mod options;
pub(crate) mod output;
pub(crate) mod pattern;
pub(crate) mod route;
pub(crate) mod signature;
pub(crate) mod socket;

use route::Route;
use socket::Socket;
use syn::{Error, Token, Type};

/// A module: the type of a block, with its routes, and its socket if it has one.
pub(crate) struct Module {
    pub(crate) self_ty: Type,
    /// Generated `impl`s stand where the user's does.
    pub(crate) impl_token: Token![impl],
    /// The type's name for logs: `Chat` in `Chat::index`.
    pub(crate) name: String,
    pub(crate) routes: Vec<Route>,
    pub(crate) socket: Option<Socket>,
    /// What could not be read, and has an attribute of ours.
    pub(crate) unread: Vec<Error>,
}
