//! Where the arguments of a route come from.

use super::signature::{last_word, ungrouped};
use crate::types::mentions;
use proc_macro2::Ident;
use syn::{GenericArgument, PathArguments, PathSegment, Type};

/// An argument of a route, or of `#[on(upgrade)]`.
pub(crate) struct Input {
    pub(crate) ty: Type,
    pub(crate) source: Source,
}

/// Where an argument comes from, decided by syntax alone.
///
/// An argument with the name of a path parameter is that parameter, a reference is lent from the
/// request, and any other argument is an extractor.
pub(crate) enum Source {
    /// A path parameter, by its position among the path's parameters.
    Parameter {
        index: usize,
        name: String,
    },
    /// `&T`, lent from the request.
    Lent,
    Extractor,
}

/// The usual names of `router`'s own extractors, and whether each of them takes the body.
const OURS: [(&str, bool); 14] = [
    ("Body", true),
    ("Bytes", true),
    ("Form", true),
    ("HeaderMap", false),
    ("Hub", false),
    ("Json", true),
    ("Method", false),
    ("Query", false),
    ("RemoteAddr", false),
    ("Request", true),
    ("String", true),
    ("Uri", false),
    ("Vec", true),
    ("Version", false),
];

const UPGRADE: &str = "Upgrade";

/// Whether a type has the name of one of `router`'s extractors, which cannot be path parameters.
/// `String` is excluded, because a path parameter can be a `String`.
pub(crate) fn is_extractor(ty: &Type) -> bool {
    let is_ours = |word: &Ident| OURS.iter().any(|(ours, _)| word == ours) && word != "String";
    last_word(ty).is_some_and(is_ours)
}

/// The extractor without any `Option` or `Result` around it.
fn wrapped(ty: &Type) -> &Type {
    let Type::Path(path) = ungrouped(ty) else {
        return ty;
    };
    let is_wrapper = |last: &&PathSegment| last.ident == "Option" || last.ident == "Result";
    let last = path.path.segments.last().filter(is_wrapper);
    match last.map(|last| &last.arguments) {
        Some(PathArguments::AngleBracketed(arguments)) => match arguments.args.first() {
            Some(GenericArgument::Type(inner)) => wrapped(inner),
            _ => ty,
        },
        _ => ty,
    }
}

impl Input {
    pub(crate) fn is_extracted(&self) -> bool {
        matches!(self.source, Source::Extractor)
    }

    /// Whether the argument may take the body. An unknown type may, because only the compiler knows
    /// which type a name refers to.
    pub(crate) fn may_take_the_body(&self) -> bool {
        let takes_none = |word: &Ident| {
            let mut ours = OURS.iter();
            word == UPGRADE || ours.any(|(ours, takes)| word == ours && !takes)
        };
        self.is_extracted() && !last_word(&self.ty).is_some_and(takes_none)
    }

    /// Whether the argument may be an upgrade. An unknown name may be an alias of one.
    pub(crate) fn may_be_an_upgrade(&self) -> bool {
        let is_ours = |word: &Ident| OURS.iter().any(|(ours, _)| word == ours);
        self.is_extracted() && !last_word(&self.ty).is_some_and(is_ours)
    }

    /// Whether it may be an extractor that is not one of `router`'s own.
    pub(crate) fn may_be_foreign(&self) -> bool {
        let is_ours = |word: &Ident| word == UPGRADE || OURS.iter().any(|(ours, _)| word == ours);
        self.is_extracted() && !last_word(wrapped(&self.ty)).is_some_and(is_ours)
    }

    /// Whether it is certainly an upgrade, possibly inside an `Option` or a `Result`.
    pub(crate) fn is_an_upgrade(&self) -> bool {
        self.is_extracted() && mentions(&self.ty, UPGRADE)
    }
}
