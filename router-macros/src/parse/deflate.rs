//! Parses `per_message_deflate` in each of its forms.

use super::{
    option::{self, Known},
    scalar::number,
};
use crate::{
    diagnostics::{Diagnostics, listed, message, nearest},
    model::options::{COMPRESSORS, Chosen, Compressor, Deflate, LEVEL},
    tokens::literal,
};
use proc_macro2::{Ident, TokenStream};
use quote::ToTokens as _;
use syn::{Error, Expr, ExprLit, Lit, LitBool, Token, parenthesized, parse::ParseStream};

/// The option that has options of its own.
pub(super) const DEFLATE: &str = "per_message_deflate";
const COMPRESS: &str = "compress";
const DECOMPRESS: &str = "decompress";
const LEVEL_NAME: &str = "level";

/// Reads the part after the name: `= true`, `(…)`, or nothing.
pub(super) fn value(key: &Ident, has_value: bool, input: ParseStream<'_>) -> syn::Result<Deflate> {
    if has_value {
        return switch(input.parse()?);
    }
    if input.is_empty() || input.peek(Token![,]) {
        let on = ExprLit {
            attrs: Vec::new(),
            lit: Lit::Bool(LitBool::new(true, key.span())),
        };
        return Ok(Deflate::Switch(Expr::Lit(on)));
    }
    let content;
    let parentheses = parenthesized!(content in input);
    let arguments: TokenStream = content.parse()?;
    if arguments.is_empty() {
        let text = message(format!("parentheses of `{DEFLATE}` cannot be empty"));
        let text = text.help(format_args!("write just `{DEFLATE}`, for the defaults"));
        return Err(Error::new(parentheses.span.join(), text));
    }
    chosen(arguments).map(|chosen| Deflate::Chosen(Box::new(chosen)))
}

fn switch(expr: Expr) -> syn::Result<Deflate> {
    match literal(&expr) {
        Some(Lit::Bool(_)) | None => Ok(Deflate::Switch(expr)),
        Some(other) => {
            let text = message(format!("`{DEFLATE}` must be `true` or `false`"));
            let help = match other {
                Lit::Str(_) => format!("write `{DEFLATE}(compress = {})`", other.to_token_stream()),
                _ => format!("write just `{DEFLATE}`, for the defaults"),
            };
            Err(Error::new_spanned(&expr, text.help(help)))
        }
    }
}

fn chosen(arguments: TokenStream) -> syn::Result<Chosen> {
    let known = Known {
        owner: format!("`{DEFLATE}`"),
        options: vec![
            (COMPRESS, r#"compress = "16KB""#),
            (DECOMPRESS, "decompress = true"),
            (LEVEL_NAME, "level = 2"),
        ],
        elsewhere: Vec::new(),
        groups: &[],
        positional: Some(COMPRESS),
    };
    let mut diagnostics = Diagnostics::new();
    let mut chosen = Chosen::default();
    let mut level_key = None;
    option::parse(arguments, &known, &mut diagnostics, |key, _, input| {
        let expr: Expr = input.parse()?;
        match &*key.to_string() {
            COMPRESS => chosen.compress = Some(compressor(COMPRESS, &expr)?),
            DECOMPRESS => chosen.decompress = Some(inflater(&expr)?),
            name => {
                chosen.level = Some(number(name, &LEVEL, expr)?);
                level_key = Some(key.clone());
            }
        }
        Ok(())
    });
    if chosen.compress.is_some_and(Compressor::is_disabled)
        && let Some(key) = level_key
    {
        let text = message("`level` does nothing if messages are not compressed");
        diagnostics.report(key, text.help("leave `level` out, or choose a compressor"));
    }
    diagnostics.into_result().map(|()| chosen)
}

/// Reads an inflater, which cannot be disabled: the negotiated compression applies to both sides
/// (RFC 7692 §5).
fn inflater(expr: &Expr) -> syn::Result<&'static Compressor> {
    let inflater = compressor(DECOMPRESS, expr)?;
    if inflater.is_disabled() {
        let found = expr.to_token_stream();
        let text = message(format!("`{DECOMPRESS}` cannot be `{found}`"))
            .note("once compression is negotiated, a client may compress any message it sends")
            .help(format_args!(
                "leave `{DECOMPRESS}` out, or write `{DEFLATE} = false`"
            ));
        return Err(Error::new_spanned(expr, text));
    }
    Ok(inflater)
}

fn compressor(name: &str, expr: &Expr) -> syn::Result<&'static Compressor> {
    let words = || COMPRESSORS.iter().map(|compressor| compressor.word);
    let word = match literal(expr) {
        Some(Lit::Bool(LitBool { value: true, .. })) => "shared".to_owned(),
        Some(Lit::Bool(_)) => "disable".to_owned(),
        Some(Lit::Str(text)) => text.value(),
        _ => {
            let text = message(format!("`{name}` must be a literal"))
                .help("write `true`, `false`, or a compressor, such as `\"16KB\"`");
            return Err(Error::new_spanned(expr, text));
        }
    };
    let found = COMPRESSORS.iter().find(|known| known.word == word);
    found.ok_or_else(|| {
        let text = message(format!("`{name}` cannot be `{word:?}`"))
            .did_you_mean(
                COMPRESSORS
                    .iter()
                    .map(|c| c.word)
                    .find(|w| w.eq_ignore_ascii_case(&word))
                    .or_else(|| nearest(&word, words())),
            )
            .note(format_args!("the compressors are {}", listed(words())));
        Error::new_spanned(expr, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proc_macro2::Span;
    use syn::parse::Parser as _;

    fn read(has_value: bool, text: &str) -> Result<Deflate, String> {
        let key = Ident::new(DEFLATE, Span::call_site());
        let parser = |input: ParseStream<'_>| value(&key, has_value, input);
        parser.parse_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn each_form_is_read() {
        for (has_value, text) in [(false, ""), (true, "true"), (true, "false"), (true, "ON")] {
            assert!(
                matches!(read(has_value, text), Ok(Deflate::Switch(_))),
                "{text}"
            );
        }
        let Ok(Deflate::Chosen(chosen)) = read(
            false,
            r#"(compress = "16KB", decompress = true, level = 6)"#,
        ) else {
            panic!("options in parentheses are not read");
        };
        assert_eq!(chosen.compress.map(|c| c.variant), Some("Kb16"));
        assert_eq!(chosen.decompress.map(|c| c.variant), Some("Shared"));
        assert!(chosen.level.is_some());
    }

    #[test]
    fn invalid_values_are_reported() {
        for (has_value, text, message) in [
            (
                true,
                "\"16KB\"",
                "`per_message_deflate` must be `true` or `false`\n= help: write `per_message_deflate(compress = \"16KB\")`",
            ),
            (
                false,
                "()",
                "parentheses of `per_message_deflate` cannot be empty\n= help: write just `per_message_deflate`, for the defaults",
            ),
            (
                false,
                "(decompress = false)",
                "`decompress` cannot be `false`\n= note: once compression is negotiated, a client may compress any message it sends\n= help: leave `decompress` out, or write `per_message_deflate = false`",
            ),
            (false, "(level = 10)", "`level` must be from 1 to 9"),
            (
                false,
                "(compress = false, level = 2)",
                "`level` does nothing if messages are not compressed\n= help: leave `level` out, or choose a compressor",
            ),
            (
                false,
                "(compress = SIZE)",
                "`compress` must be a literal\n= help: write `true`, `false`, or a compressor, such as `\"16KB\"`",
            ),
        ] {
            assert_eq!(
                read(has_value, text).err().as_deref(),
                Some(message),
                "{text}"
            );
        }
        for (text, near) in [
            ("(compress = \"16kb\")", "16KB"),
            ("(compress = \"share\")", "shared"),
        ] {
            let error = read(false, text).err().unwrap_or_default();
            assert!(
                error.contains(&format!("did you mean `{near}`?")),
                "{error}"
            );
        }
        let error = read(false, "(compres = true)").err().unwrap_or_default();
        assert!(
            error.contains("unknown option `compres` of `per_message_deflate`"),
            "{error}"
        );
    }
}
