//! The return type of a handler, as far as its syntax shows.

use super::signature::ungrouped;
use crate::types::mentions;
use syn::{GenericArgument, Path, PathArguments, Type};

/// The part of a return type for which only the compiler knows whether an error has a status.
pub(crate) enum Unknown<'a> {
    /// The error of a `Result`.
    Error(&'a Type),
    /// The whole type, whose name may be an alias of a `Result`.
    Whole(&'a Type),
}

/// Types of `router` and of the standard library that are not a `Result`.
const RESPONSES: [&str; 9] = [
    "Body",
    "Bytes",
    "Cow",
    "Html",
    "Json",
    "Response",
    "StatusCode",
    "String",
    "Vec",
];

/// Error types that are known to have a status.
const ERRORS: [&str; 9] = [
    "BodyError",
    "FormError",
    "Infallible",
    "JsonError",
    "QueryError",
    "Rejection",
    "Response",
    "StatusCode",
    "UpgradeError",
];

/// The part of a return type whose status must be asserted.
///
/// `None` if the syntax shows that the handler cannot fail or that its error has a status, as in
/// most handlers. Also `None` for a part with `impl Trait`, because an assertion cannot name its
/// type.
pub(crate) fn unknown(output: &Type) -> Option<Unknown<'_>> {
    match ungrouped(output) {
        Type::Path(path) if path.qself.is_none() => match error_of(&path.path) {
            Some(error) => is_unknown(error).then_some(Unknown::Error(error)),
            None => {
                let is_known = last_word_is_one_of(&path.path, &RESPONSES);
                (!is_known && !mentions(output, "impl")).then_some(Unknown::Whole(output))
            }
        },
        Type::Tuple(tuple) if begins_with_a_status(output) || tuple.elems.is_empty() => None,
        Type::Tuple(tuple) => match unknown(tuple.elems.last()?)? {
            Unknown::Error(_) | Unknown::Whole(_) if !mentions(output, "impl") => {
                Some(Unknown::Whole(output))
            }
            Unknown::Error(_) | Unknown::Whole(_) => None,
        },
        Type::Path(_) | Type::Macro(_) => Some(Unknown::Whole(output)),
        _ => None,
    }
}

/// Whether an error type is certainly a body. If [`unknown`] returned the type, it has no status.
pub(crate) fn is_body(ty: &Type) -> bool {
    match ungrouped(ty) {
        Type::Path(path) => last_word_is_one_of(&path.path, &RESPONSES),
        ty => matches!(ty, Type::Reference(_) | Type::Tuple(_)),
    }
}

/// The error type of a return type that is written as `Result<T, E>`.
pub(crate) fn error(output: &Type) -> Option<&Type> {
    match ungrouped(output) {
        Type::Path(path) => error_of(&path.path),
        _ => None,
    }
}

fn error_of(path: &Path) -> Option<&Type> {
    let last = path.segments.last().filter(|last| last.ident == "Result")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.get(1)? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}

fn is_unknown(error: &Type) -> bool {
    let is_known = match ungrouped(error) {
        Type::Path(path) => last_word_is_one_of(&path.path, &ERRORS),
        ty => matches!(ty, Type::Never(_)) || begins_with_a_status(ty),
    };
    !is_known && !mentions(error, "impl")
}

/// Whether a type is a tuple `(StatusCode, …)`.
fn begins_with_a_status(ty: &Type) -> bool {
    match ungrouped(ty) {
        Type::Tuple(tuple) => match tuple.elems.first().map(ungrouped) {
            Some(Type::Path(path)) => last_word_is_one_of(&path.path, &["StatusCode"]),
            _ => false,
        },
        _ => false,
    }
}

fn last_word_is_one_of(path: &Path, words: &[&str]) -> bool {
    let last = path.segments.last();
    last.is_some_and(|last| words.iter().any(|word| last.ident == word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::shown;
    use quote::ToTokens as _;
    use syn::parse_str;

    #[test]
    fn only_what_syntax_cannot_tell_is_unknown() {
        for known in [
            "String",
            "Html<&'static str>",
            "router::Response",
            "&'static str",
            "()",
            "(StatusCode, Page)",
            "([(&'static str, &'static str); 1], String)",
            "Result<Page, StatusCode>",
            "Result<Json<Page>, (http::StatusCode, String)>",
            "std::result::Result<Response, Rejection>",
            "Result<Page, impl IntoResponse>",
            "impl IntoResponse",
            "(HeaderMap, impl IntoResponse)",
        ] {
            assert!(unknown(&parse_str(known).unwrap()).is_none(), "{known}");
        }
        for (output, part) in [
            ("Result<Page, String>", "String"),
            ("Result<impl IntoResponse, ApiError>", "ApiError"),
            (
                "Result<(), (HeaderMap, StatusCode)>",
                "(HeaderMap, StatusCode)",
            ),
            ("ApiResult<Page>", "ApiResult<Page>"),
            ("Result<Page>", "Result<Page>"),
            ("Page", "Page"),
            ("(HeaderMap, Page)", "(HeaderMap, Page)"),
            ("<Self as Has>::Page", "<Self as Has>::Page"),
        ] {
            let output = parse_str(output).unwrap();
            let (Unknown::Error(found) | Unknown::Whole(found)) = unknown(&output).unwrap();
            assert_eq!(shown(found.to_token_stream()), part);
        }
    }
}
