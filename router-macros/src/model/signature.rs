//! A method that the runtime calls.

use proc_macro2::Ident;
use syn::{Attribute, Pat, Type, ext::IdentExt as _};

/// A method with a valid signature: it has a receiver that the runtime can pass, and no generics.
#[derive(Clone)]
pub(crate) struct Handler {
    pub(crate) name: Ident,
    pub(crate) is_async: bool,
    pub(crate) receiver: Receiver,
    /// All arguments except the receiver.
    pub(crate) arguments: Vec<Argument>,
    pub(crate) output: Option<Type>,
    /// The `#[cfg]`s of the method, which are repeated on all code generated for it.
    pub(crate) cfgs: Vec<Attribute>,
    /// Whether it has `#[deprecated]`. Generated code that calls it must not cause a warning.
    pub(crate) is_deprecated: bool,
}

/// How a handler takes the module.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receiver {
    /// `&self`
    Borrowed,
    /// `self: Arc<Self>`
    Shared,
}

#[derive(Clone)]
pub(crate) struct Argument {
    /// `None` for `_` and for a pattern that destructures the argument.
    pub(crate) name: Option<Ident>,
    /// The pattern of an argument that has no name.
    pub(crate) pattern: Option<Pat>,
    pub(crate) ty: Type,
    /// The `#[cfg]`s of the argument. Only arguments of routes have them.
    pub(crate) cfgs: Vec<Attribute>,
}

impl Argument {
    /// The name as a route pattern spells it, without `r#`.
    pub(crate) fn plain_name(&self) -> Option<String> {
        Some(self.name.as_ref()?.unraw().to_string())
    }
}

/// Removes parentheses around a type, including the invisible ones that `macro_rules` leaves around
/// `$ty:ty`.
pub(crate) fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        ty => ty,
    }
}

/// The name by which a type is usually known: `Socket` for `&mut router::Socket<User>`.
pub(crate) fn last_word(ty: &Type) -> Option<&Ident> {
    match ungrouped(ty) {
        Type::Reference(reference) => last_word(&reference.elem),
        Type::Slice(slice) => last_word(&slice.elem),
        Type::Path(path) => Some(&path.path.segments.last()?.ident),
        _ => None,
    }
}
