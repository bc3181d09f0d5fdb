//! Where the arguments of a route come from.

use syn::Type;

/// An argument of a route, or of `#[on(upgrade)]`.
pub(crate) struct Input {
    pub(crate) ty: Type,
    pub(crate) source: Source,
}

/// One rule, by syntax alone: what has a parameter's name is that parameter, a reference is lent
/// from the request, anything else is an extractor.
pub(crate) enum Source {
    /// A parameter of the path, by its position among them.
    Parameter {
        index: usize,
        name: String,
    },
    /// `&T`: the `T`.
    Lent(Box<Type>),
    Extractor,
}
