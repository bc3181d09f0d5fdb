//! A method that the runtime calls.

use proc_macro2::Ident;
use syn::{Attribute, Type, ext::IdentExt as _};

/// A method with a sound signature: `&self`, named arguments, nothing generic.
#[derive(Clone)]
pub(crate) struct Handler {
    pub(crate) name: Ident,
    pub(crate) is_async: bool,
    /// Without the receiver.
    pub(crate) arguments: Vec<Argument>,
    pub(crate) output: Option<Type>,
    /// What the method is conditional on; all that is generated for it is, too.
    pub(crate) cfgs: Vec<Attribute>,
}

#[derive(Clone)]
pub(crate) struct Argument {
    /// `None` for `_`.
    pub(crate) name: Option<Ident>,
    pub(crate) ty: Type,
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
