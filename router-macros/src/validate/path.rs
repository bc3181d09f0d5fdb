//! Rules for paths.

use crate::{
    diagnostics::{Diagnostics, message},
    model::{
        pattern::{Pattern, Segment},
        route::RoutePath,
    },
};
use syn::{Error, LitStr};

/// A prefix is a path that another path can come after.
pub(super) fn is_prefix(literal: &LitStr, diagnostics: &mut Diagnostics) -> bool {
    let text = literal.value();
    let pattern = match parse(&text, literal) {
        Ok(pattern) => pattern,
        Err(error) => {
            diagnostics.push(error);
            return false;
        }
    };
    let fault = match pattern.segments.last() {
        Some(Segment::Wildcard(name)) => {
            message(format!("prefix cannot end with the wildcard `{{*{name}}}`"))
        }
        Some(Segment::Static(last)) if last.is_empty() => {
            let fault = message("prefix cannot end with `/`");
            match text.strip_suffix('/') {
                Some("") | None => fault.help("leave it out"),
                Some(shorter) => fault.help(format_args!("write `{shorter}`")),
            }
        }
        _ => return true,
    };
    diagnostics.report(literal, fault);
    false
}

/// Puts the prefix before a path: `/api` and `/users` make `/api/users`, `/api` and `/` make
/// `/api`.
pub(super) fn resolve(prefix: Option<&LitStr>, literal: &LitStr) -> syn::Result<RoutePath> {
    let text = literal.value();
    // By itself first: the message must not speak of a path that the user did not write.
    let pattern = parse(&text, literal)?;
    let Some(prefix) = prefix else {
        return Ok(RoutePath {
            literal: literal.clone(),
            pattern,
            of_prefix: 0,
        });
    };
    let before = prefix.value();
    let path = if text == "/" { "" } else { &text };
    let whole = Pattern::parse(&format!("{before}{path}")).map_err(|error| {
        let note = format!("the block's `prefix` is `{before}`");
        Error::new_spanned(literal, message(error.to_string()).note(note))
    })?;
    Ok(RoutePath {
        literal: literal.clone(),
        of_prefix: whole.parameters().count() - pattern.parameters().count(),
        pattern: whole,
    })
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
