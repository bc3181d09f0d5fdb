//! Queries on tokens and small changes to them, for uses that need no syntax tree.

use proc_macro2::{Delimiter, Group, Ident, Spacing, Span, TokenStream, TokenTree};
use std::mem;
use syn::{Expr, Lit};

/// Whether a word occurs anywhere in the tokens.
pub(crate) fn mentions(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => mentions(group.stream(), word),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Returns the literal, if the expression is one. A literal that a `macro_rules` macro passes on is in an
/// invisible group, which is removed.
pub(crate) fn literal(expr: &Expr) -> Option<&Lit> {
    match expr {
        Expr::Lit(literal) => Some(&literal.lit),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}

/// The spans of the first and the last token. On stable Rust, they cannot be joined to one span.
pub(crate) fn ends(tokens: TokenStream) -> (Span, Span) {
    let mut spans = tokens.into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(Span::call_site);
    (first, spans.last().unwrap_or(first))
}

/// The first lifetime other than `'static`.
pub(crate) fn borrowed_lifetime(tokens: TokenStream) -> Option<TokenStream> {
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                let name = tokens.next()?;
                if name.to_string() != "static" {
                    return Some([TokenTree::Punct(punct), name].into_iter().collect());
                }
            }
            TokenTree::Group(group) => {
                let inside = borrowed_lifetime(group.stream());
                if inside.is_some() {
                    return inside;
                }
            }
            _ => {}
        }
    }
    None
}

/// Whether a type borrows for less than `'static`: it has a `&` without a lifetime, or a lifetime
/// other than `'static`.
pub(crate) fn borrows(tokens: TokenStream) -> bool {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let lends = match token {
            TokenTree::Punct(punct) if punct.as_char() == '&' => {
                !matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == '\'')
            }
            TokenTree::Punct(punct) if punct.as_char() == '\'' => tokens
                .next()
                .is_some_and(|name| name.to_string() != "static"),
            TokenTree::Group(group) => borrows(group.stream()),
            TokenTree::Punct(_) | TokenTree::Ident(_) | TokenTree::Literal(_) => false,
        };
        if lends {
            return true;
        }
    }
    false
}

/// The tokens as a person would write them, for messages: `HashMap<u32, String>`.
pub(crate) fn shown(tokens: TokenStream) -> String {
    let mut text = String::new();
    let mut after_word = false;
    for token in tokens {
        let is_word = matches!(token, TokenTree::Ident(_) | TokenTree::Literal(_));
        if is_word && after_word {
            text.push(' ');
        }
        let is_word_before = mem::replace(&mut after_word, is_word);
        match token {
            TokenTree::Punct(punct) => match punct.as_char() {
                sign @ (',' | ';') => text.push_str(&format!("{sign} ")),
                sign @ ('+' | '*' | '/' | '=') => text.push_str(&format!(" {sign} ")),
                '-' if punct.spacing() == Spacing::Joint => text.push_str(" -"),
                '>' if text.ends_with('-') => text.push_str("> "),
                sign => text.push(sign),
            },
            TokenTree::Group(group) => {
                let inside = shown(group.stream());
                if is_word_before && group.delimiter() == Delimiter::Brace {
                    text.push(' ');
                }
                text.push_str(&match group.delimiter() {
                    Delimiter::Parenthesis => format!("({inside})"),
                    Delimiter::Bracket => format!("[{inside}]"),
                    Delimiter::Brace => format!("{{ {inside} }}"),
                    Delimiter::None => inside,
                });
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) => text.push_str(&token.to_string()),
        }
    }
    text
}

/// Relocates tokens to another place. Names resolve as before; only the place of errors changes.
pub(crate) fn moved_to(place: Span, tokens: TokenStream) -> TokenStream {
    let moved = tokens.into_iter().map(|mut token| {
        token.set_span(token.span().located_at(place));
        token
    });
    moved.collect()
}

/// Replaces each `Self` in the tokens, for use where there is no `Self`.
pub(crate) fn replace_self(tokens: TokenStream, with: &TokenStream) -> TokenStream {
    let replace = |token: TokenTree| -> TokenStream {
        match token {
            TokenTree::Ident(ident) if is_self_type(&ident) => moved_to(ident.span(), with.clone()),
            TokenTree::Group(group) => {
                let mut replaced =
                    Group::new(group.delimiter(), replace_self(group.stream(), with));
                replaced.set_span(group.span());
                TokenTree::Group(replaced).into()
            }
            token => token.into(),
        }
    };
    tokens.into_iter().flat_map(replace).collect()
}

fn is_self_type(ident: &Ident) -> bool {
    ident == "Self"
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[test]
    fn words_are_found_at_any_depth() {
        assert!(mentions(quote!(Query<(u8, impl Sized)>), "impl"));
        assert!(!mentions(quote!(Implement<"impl">), "impl"));
    }

    #[test]
    fn lifetimes_are_found_at_any_depth() {
        let found = |tokens| borrowed_lifetime(tokens).map(|lifetime| lifetime.to_string());
        assert_eq!(
            found(quote!(Chat<(&'static str, &'a str)>)),
            Some("'a".to_owned())
        );
        assert_eq!(found(quote!(Chat<'_>)), Some("'_".to_owned()));
        assert_eq!(found(quote!(Chat<&'static str, 'x'>)), None);
    }

    #[test]
    fn borrows_are_found_at_any_depth() {
        for lends in [
            quote!(&str),
            quote!(Result<&str, ()>),
            quote!((u8, Cow<'_, str>)),
        ] {
            assert!(borrows(lends));
        }
        for owned in [
            quote!(&'static str),
            quote!(Html<&'static str>),
            quote!(Cow<'static, str>),
        ] {
            assert!(!borrows(owned));
        }
    }

    #[test]
    fn tokens_are_shown_as_they_were_written() {
        for text in [
            "HashMap<u32, Vec<String>>",
            "&mut router::Socket<&'static str>",
            "Box<dyn Fn(u8, [u8; 4]) -> u8 + Send>",
            "Duration::from_secs(5)",
            "Query(Page { number, .. })",
            "-1",
        ] {
            assert_eq!(shown(text.parse().unwrap()), text);
        }
    }

    #[test]
    fn self_is_replaced_at_any_depth() {
        let replaced = replace_self(quote!(f::<Upgrade<Self>>(self, [Self::A])), &quote!(Chat));
        let expected = quote!(f::<Upgrade<Chat>>(self, [Chat::A]));
        assert_eq!(replaced.to_string(), expected.to_string());
    }
}
