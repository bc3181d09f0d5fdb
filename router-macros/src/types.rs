//! Queries on types, answered from the syntax tree.
//!
//! Converting a type to tokens instead would call into the compiler for each argument of each
//! handler.

use crate::tokens;
use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens as _;
use syn::{GenericArgument, Lifetime, Path, PathArguments, Type};

/// Whether a word occurs anywhere in a type.
pub(crate) fn mentions(ty: &Type, word: &str) -> bool {
    any(ty, &mut |part| match part {
        Part::Word(found) => found == word,
        Part::Impl => word == "impl",
        Part::Reference(_) | Part::Lifetime(_) => false,
        Part::Tokens(found) => tokens::mentions(found, word),
    })
}

/// Whether a type borrows for less than `'static`: it has a `&` without a lifetime, or a lifetime
/// other than `'static`.
pub(crate) fn borrows(ty: &Type) -> bool {
    any(ty, &mut |part| match part {
        Part::Word(_) | Part::Impl => false,
        Part::Reference(lifetime) => lifetime.is_none_or(|lifetime| lifetime.ident != "static"),
        Part::Lifetime(lifetime) => lifetime.ident != "static",
        Part::Tokens(found) => tokens::borrows(found),
    })
}

/// The spans of the first and the last token of a type.
pub(crate) fn ends(ty: &Type) -> (Span, Span) {
    match ty {
        Type::Path(path) if path.qself.is_none() => {
            let Path {
                leading_colon,
                segments,
            } = &path.path;
            let colon = leading_colon.as_ref().map(|colon| colon.spans[0]);
            let last = segments.last().and_then(|last| match &last.arguments {
                PathArguments::None => Some(last.ident.span()),
                PathArguments::AngleBracketed(arguments) => Some(arguments.gt_token.span),
                PathArguments::Parenthesized(_) => None,
            });
            let first = colon.or_else(|| Some(segments.first()?.ident.span()));
            first.zip(last)
        }
        Type::Reference(reference) => {
            let (_, last) = ends(&reference.elem);
            Some((reference.and_token.span, last))
        }
        _ => None,
    }
    .unwrap_or_else(|| tokens::ends(ty.to_token_stream()))
}

/// A part of a type.
enum Part<'a> {
    Word(&'a Ident),
    Impl,
    /// `&`, with its lifetime if it has one.
    Reference(Option<&'a Lifetime>),
    Lifetime(&'a Lifetime),
    /// Tokens of a construct that is rare in handlers.
    Tokens(TokenStream),
}

fn any<'a>(ty: &'a Type, is: &mut dyn FnMut(Part<'a>) -> bool) -> bool {
    match ty {
        Type::Group(group) => any(&group.elem, is),
        Type::Paren(paren) => any(&paren.elem, is),
        Type::Slice(slice) => any(&slice.elem, is),
        Type::Tuple(tuple) => tuple.elems.iter().any(|elem| any(elem, is)),
        Type::Reference(reference) => {
            is(Part::Reference(reference.lifetime.as_ref())) || any(&reference.elem, is)
        }
        Type::ImplTrait(bounds) => is(Part::Impl) || is(Part::Tokens(bounds.to_token_stream())),
        Type::Path(path) => {
            let qself = path.qself.as_ref();
            qself.is_some_and(|qself| any(&qself.ty, is)) || any_in_path(&path.path, is)
        }
        _ => is(Part::Tokens(ty.to_token_stream())),
    }
}

fn any_in_path<'a>(path: &'a Path, is: &mut dyn FnMut(Part<'a>) -> bool) -> bool {
    path.segments.iter().any(|segment| {
        is(Part::Word(&segment.ident))
            || match &segment.arguments {
                PathArguments::None => false,
                PathArguments::Parenthesized(types) => is(Part::Tokens(types.to_token_stream())),
                PathArguments::AngleBracketed(list) => list.args.iter().any(|one| match one {
                    GenericArgument::Type(ty) => any(ty, is),
                    GenericArgument::Lifetime(lifetime) => is(Part::Lifetime(lifetime)),
                    other => is(Part::Tokens(other.to_token_stream())),
                }),
            }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_str;

    const TYPES: [&str; 16] = [
        "u8",
        "&str",
        "&'static str",
        "Html<&'static str>",
        "Result<&str, ()>",
        "(u8, Cow<'_, str>)",
        "Cow<'static, str>",
        "Query<(u8, impl Sized)>",
        "::core::option::Option<[Self; 4]>",
        "<Chat as Has<&'a u8>>::Type",
        "Box<dyn Fn(&u8) -> Self + 'static>",
        "impl Future<Output = &'static u8> + 'static",
        "fn(&Self) -> Upgrade<Self>",
        "*const Upgrade<u8>",
        "[&'static [&'b Upgrade]]",
        "Table<{ SIZE }, Of = Upgrade>",
    ];

    #[test]
    fn the_tree_answers_as_its_tokens_do() {
        for text in TYPES {
            let ty: Type = parse_str(text).unwrap();
            for word in ["impl", "Self", "Upgrade", "Future", "str", "SIZE"] {
                let expected = tokens::mentions(ty.to_token_stream(), word);
                assert_eq!(mentions(&ty, word), expected, "{word} in {text}");
            }
            assert_eq!(
                borrows(&ty),
                tokens::borrows(ty.to_token_stream()),
                "{text}"
            );
        }
    }
}
