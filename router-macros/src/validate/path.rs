//! Rules for paths.

use crate::{
    diagnostics::{Diagnostics, message},
    model::route::RoutePath,
};
use router_pattern::{Pattern, Segment};
use syn::{Error, LitStr};

/// Reads a prefix, which is a path that another path can follow.
pub(super) fn prefix(literal: &LitStr, diagnostics: &mut Diagnostics) -> Option<Pattern> {
    let text = literal.value();
    let pattern = diagnostics.keep(parse(&text, literal))?;
    let fault = match pattern.segments.last() {
        Some(Segment::Wildcard(name)) => {
            message(format!("prefix cannot end with the wildcard `{{*{name}}}`"))
                .help("write the wildcard in the paths of the routes")
        }
        Some(Segment::Static(last)) if last.is_empty() => {
            let fault = message("prefix cannot end with `/`");
            match text.strip_suffix('/') {
                Some("") | None => fault.help("leave it out"),
                Some(shorter) => fault.help(format_args!("write `{shorter}`")),
            }
        }
        _ => return Some(pattern),
    };
    diagnostics.report(literal, fault);
    None
}

/// Puts the prefix before a path: `/api` and `/users` make `/api/users`, `/api` and `/` make
/// `/api`.
pub(super) fn resolve(prefix: Option<&Pattern>, literal: &LitStr) -> syn::Result<RoutePath> {
    let mut path = RoutePath {
        literal: literal.clone(),
        pattern: parse(&literal.value(), literal)?,
        of_prefix: 0,
    };
    if let Some(prefix) = prefix {
        path.of_prefix = prefix.parameters().count();
        path.pattern = prefix.joined(path.pattern).map_err(|error| {
            let note = format!("the block's `prefix` is `{prefix}`");
            Error::new_spanned(literal, message(error.to_string()).note(note))
        })?;
    }
    Ok(path)
}

fn parse(text: &str, literal: &LitStr) -> syn::Result<Pattern> {
    Pattern::parse(text).map_err(|error| {
        let text = message(error.to_string());
        let text = match error.help() {
            Some(help) => text.help(help),
            None => text,
        };
        Error::new_spanned(literal, text)
    })
}
