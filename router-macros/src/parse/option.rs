//! Parses `name = value` options: a closed list, each at most once. Some options may also be
//! written `name` or `name(…)`.

use crate::diagnostics::{Diagnostics, listed, message, nearest};
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{
    Error, Ident, LitStr, Token,
    ext::IdentExt as _,
    parse::{ParseStream, Parser as _, discouraged::Speculative as _},
    token::Paren,
};

/// The options that an attribute accepts.
pub(crate) struct Known {
    /// The owner of the options, in words.
    pub(crate) owner: String,
    /// Each option, with an example of how to write it.
    pub(crate) options: Vec<(&'static str, &'static str)>,
    /// Options of another attribute, with that attribute's name.
    pub(crate) elsewhere: Vec<(&'static str, &'static str)>,
    /// Options that may be written without a value, or with parentheses.
    pub(crate) groups: &'static [&'static str],
    /// The option that a string without a name is usually meant for.
    pub(crate) positional: Option<&'static str>,
}

/// Reads options. `take` gets each name and whether a `=` follows it, and reads the value.
///
/// An option that cannot be read is reported and skipped, because the next one may have its own
/// mistake.
pub(crate) fn parse(
    arguments: TokenStream,
    known: &Known,
    diagnostics: &mut Diagnostics,
    mut take: impl FnMut(&Ident, bool, ParseStream<'_>) -> syn::Result<()>,
) {
    let parser = |input: ParseStream<'_>| -> syn::Result<()> {
        let mut seen = Vec::new();
        while !input.is_empty() {
            if let Err(error) = parse_one(input, known, &mut seen, &mut take) {
                diagnostics.push(error);
                skip_to_comma(input, known);
            }
            // The input is at its end or at a comma here.
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(())
    };
    let parsed = parser.parse2(arguments);
    diagnostics.keep(parsed);
}

fn parse_one(
    input: ParseStream<'_>,
    known: &Known,
    seen: &mut Vec<Ident>,
    take: &mut impl FnMut(&Ident, bool, ParseStream<'_>) -> syn::Result<()>,
) -> syn::Result<()> {
    if !input.peek(Ident::peek_any) {
        let text = message("expected the name of an option");
        let literal = input.fork().parse::<LitStr>();
        return Err(match (known.positional, literal) {
            (Some(name), Ok(literal)) => {
                let help = format!("write `{name} = {}`", literal.to_token_stream());
                Error::new_spanned(literal, text.help(help))
            }
            _ => input.error(text),
        });
    }
    let key = input.call(Ident::parse_any)?;
    let name = key.to_string();
    let Some((_, example)) = known.options.iter().find(|(option, _)| *option == name) else {
        return Err(unknown(&key, known));
    };
    let earlier = seen.iter().find(|earlier| **earlier == key);
    if let Some(earlier) = earlier {
        let mut error = Error::new_spanned(&key, format!("option `{name}` cannot be given twice"));
        error.combine(Error::new_spanned(
            earlier,
            format!("[note] `{name}` is first given here"),
        ));
        return Err(error);
    }
    seen.push(key.clone());
    let has_value = input.parse::<Option<Token![=]>>()?.is_some();
    let is_missing = input.is_empty() || input.peek(Token![,]);
    let is_group = known.groups.contains(&&*name) && (is_missing || input.peek(Paren));
    if (!has_value && !is_group) || (has_value && is_missing) {
        let text = message(format!("option `{name}` must have a value"));
        let (on, off) = (format!("{name} = true"), format!("{name} = false"));
        let is_flag = [&on, &off].iter().any(|form| *form == example);
        let help = if is_flag {
            format!("write `{on}` or `{off}`")
        } else {
            format!("write `{example}`")
        };
        return Err(Error::new_spanned(key, text.help(help)));
    }
    // Reads from a fork: a value that cannot be read is then skipped as a whole, and not reported
    // again.
    let ahead = input.fork();
    take(&key, has_value, &ahead)?;
    input.advance_to(&ahead);
    if !input.is_empty() && !input.peek(Token![,]) {
        let text = message("expected `,` between options");
        return Err(input.error(text.help(format_args!("end `{name}` with a comma"))));
    }
    Ok(())
}

fn unknown(key: &Ident, known: &Known) -> Error {
    let Known {
        owner,
        options,
        elsewhere,
        groups: _,
        positional: _,
    } = known;
    let name = key.to_string();
    let mut text = message(format!("unknown option `{name}` of {owner}"));
    if let Some((_, other)) = elsewhere.iter().find(|(option, _)| *option == name) {
        text = text.help(format_args!("`{name}` is an option of `#[{other}]`"));
    }
    let names = || options.iter().map(|(option, _)| *option);
    let text = text
        .did_you_mean(nearest(&name, names()))
        .note(format_args!("the options are {}", listed(names())));
    Error::new_spanned(key, text)
}

/// Skips a value.
///
/// A comma may be part of the value, as in `HashMap<u32, String>`. Skipping stops only at a comma
/// that is followed by an option or the end.
fn skip_to_comma(input: ParseStream<'_>, known: &Known) {
    while !input.is_empty() {
        let ahead = input.fork();
        if ahead.parse::<Token![,]>().is_ok() && (ahead.is_empty() || peek_option(&ahead, known)) {
            return;
        }
        let _: syn::Result<TokenTree> = input.parse();
    }
}

fn peek_option(input: ParseStream<'_>, known: &Known) -> bool {
    let next = Ident::parse_any(&input.fork());
    let is_known = |name: &Ident| known.options.iter().any(|(option, _)| name == option);
    next.is_ok_and(|name| input.peek2(Token![=]) || is_known(&name))
}
