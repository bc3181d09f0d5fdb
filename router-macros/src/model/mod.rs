//! The validated meaning of a block.
//!
//! `validate` creates these types and `expand` consumes them. Input that breaks a rule cannot be
//! represented here, so `expand` has nothing to check.

pub(crate) mod event;
pub(crate) mod input;
pub(crate) mod options;
pub(crate) mod output;
pub(crate) mod route;
pub(crate) mod signature;
pub(crate) mod socket;

use route::Route;
use socket::Socket;
use syn::{Error, Token, Type};

/// A module: the type of a block, with its routes, and its socket if it has one.
pub(crate) struct Module {
    pub(crate) self_ty: Type,
    /// The user's `impl` token. Generated `impl`s have its span.
    pub(crate) impl_token: Token![impl],
    /// The type's name for logs: `Chat` in `Chat::index`.
    pub(crate) name: String,
    pub(crate) routes: Vec<Route>,
    pub(crate) socket: Option<Socket>,
    /// Errors of the items that have one of our attributes and could not be parsed.
    pub(crate) unread: Vec<Error>,
}
