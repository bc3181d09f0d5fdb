//! Parses options whose value is one of a few words: `on_slow` and `on_flood`.

use crate::{
    diagnostics::{message, nearest},
    model::options::{Value, Words},
    tokens::{literal, shown},
};
use proc_macro2::Ident;
use quote::ToTokens as _;
use syn::{Error, Expr, Lit};

/// Reads a word in quotes. Expressions that are not literals are left to the compiler, except a
/// known word without quotes.
pub(super) fn value(name: &str, words: &Words, expr: Expr) -> syn::Result<Value> {
    let Words { ty, words } = *words;
    let variant = |word: &str| words.iter().find(|(known, _)| *known == word);
    let found = match literal(&expr) {
        Some(Lit::Str(text)) => match variant(&text.value()) {
            Some((_, variant)) => return Ok(Value::Word { ty, variant }),
            None => text.value(),
        },
        Some(other) => other.to_token_stream().to_string(),
        None => match word(&expr).map(Ident::to_string) {
            // Only the quotes are missing.
            Some(word) if variant(&word).is_some() => word,
            // `OnSlow::Drop`, or a constant.
            _ => return Ok(Value::Typed { expr, ty }),
        },
    };
    let text = message(format!(
        "`{name}` cannot be `{}`",
        shown(expr.to_token_stream())
    ));
    let text = match nearest(&found, words.iter().map(|(word, _)| *word)) {
        Some(near) => text.help(format_args!("write `{name} = \"{near}\"`")),
        None => text.help(format_args!("write {}", alternatives(words))),
    };
    Err(Error::new_spanned(expr, text))
}

/// Lists words for a message: `` `"a"`, `"b"` or `"c"` ``.
fn alternatives(words: &[(&str, &str)]) -> String {
    let words: Vec<String> = words
        .iter()
        .map(|(word, _)| format!("`\"{word}\"`"))
        .collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// The name, if the expression is a single name.
fn word(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) => path.path.get_ident(),
        _ => None,
    }
}
