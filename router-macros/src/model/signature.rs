//! A method that the runtime calls.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::{Attribute, Pat, Type, ext::IdentExt as _};

/// A method with a sound signature: a receiver that the module can be given as, nothing generic.
#[derive(Clone)]
pub(crate) struct Handler {
    pub(crate) name: Ident,
    pub(crate) is_async: bool,
    pub(crate) receiver: Receiver,
    /// Without the receiver.
    pub(crate) arguments: Vec<Argument>,
    pub(crate) output: Option<Type>,
    /// What the method is conditional on; all that is generated for it is, too.
    pub(crate) cfgs: Vec<Attribute>,
    /// Calling it is no mistake of those who wrote it.
    pub(crate) is_deprecated: bool,
}

impl Handler {
    /// What a call of it stands behind.
    pub(crate) fn allowance(&self, span: Span) -> Option<TokenStream> {
        self.is_deprecated
            .then(|| quote_spanned!(span=> #[allow(deprecated, reason = "it still answers")]))
    }
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
    /// `None` for `_` and for a pattern that takes the argument apart.
    pub(crate) name: Option<Ident>,
    /// Of an argument without a name.
    pub(crate) pattern: Option<Pat>,
    pub(crate) ty: Type,
    /// Of a route's argument: what it is conditional on.
    pub(crate) cfgs: Vec<Attribute>,
}

impl Argument {
    /// The name as a pattern spells it, without `r#`.
    pub(crate) fn plain_name(&self) -> Option<String> {
        Some(self.name.as_ref()?.unraw().to_string())
    }
}

/// The type inside the invisible parentheses that `macro_rules` leaves around `$ty:ty`.
pub(crate) fn ungrouped(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungrouped(&group.elem),
        Type::Paren(paren) => ungrouped(&paren.elem),
        ty => ty,
    }
}

/// The name that a type is mostly known by: `Socket` of `&mut router::Socket<User>`.
pub(crate) fn last_word(ty: &Type) -> Option<&Ident> {
    match ungrouped(ty) {
        Type::Reference(reference) => last_word(&reference.elem),
        Type::Slice(slice) => last_word(&slice.elem),
        Type::Path(path) => Some(&path.path.segments.last()?.ident),
        _ => None,
    }
}
