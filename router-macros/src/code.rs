//! Builds generated code: `code!(span=> …)` is used like `quote_spanned!`.
//!
//! Inserting one `TokenStream` into another calls into the compiler several times, and most
//! generated code is built from small parts. A [`Code`] is a list of tokens: parts are moved into
//! it, and it is converted to a stream once. This halves the duration of an expansion.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;

/// An ordered list of tokens.
pub(crate) struct Code {
    tokens: Vec<TokenTree>,
    /// The span of the tokens that `code!` itself writes. Inserted parts keep their own spans.
    span: Span,
}

impl Code {
    /// An empty list whose own tokens will have this span.
    pub(crate) fn at(span: Span) -> Self {
        let tokens = Vec::new();
        Self { tokens, span }
    }

    pub(crate) fn add(&mut self, part: impl Part) {
        part.add_to(&mut self.tokens);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// Wraps the tokens in delimiters with this span.
    pub(crate) fn in_group(self, delimiter: Delimiter, span: Span) -> Group {
        let mut group = Group::new(delimiter, self.into());
        group.set_span(span);
        group
    }

    pub(crate) fn add_group(&mut self, delimiter: Delimiter, inside: Self) {
        let group = inside.in_group(delimiter, self.span);
        self.tokens.push(group.into());
    }

    pub(crate) fn add_word(&mut self, word: &str) {
        self.tokens.push(Ident::new(word, self.span).into());
    }

    /// Adds an operator or a lifetime.
    pub(crate) fn add_sign(&mut self, sign: &str) {
        match sign.as_bytes() {
            [b'\'', ..] => {
                self.add_punct('\'', Spacing::Joint);
                self.add_word(&sign[1..]);
            }
            [one] => self.add_punct(char::from(*one), Spacing::Alone),
            [one, two] => {
                self.add_punct(char::from(*one), Spacing::Joint);
                self.add_punct(char::from(*two), Spacing::Alone);
            }
            _ => unreachable!("`code!` has no other operators"),
        }
    }

    fn add_punct(&mut self, sign: char, spacing: Spacing) {
        let mut punct = Punct::new(sign, spacing);
        punct.set_span(self.span);
        self.tokens.push(punct.into());
    }
}

impl From<Code> for TokenStream {
    fn from(code: Code) -> Self {
        code.tokens.into_iter().collect()
    }
}

/// Types that can be inserted with `#name` in `code!`.
pub(crate) trait Part {
    fn add_to(self, tokens: &mut Vec<TokenTree>);
}

impl Part for Code {
    fn add_to(mut self, tokens: &mut Vec<TokenTree>) {
        tokens.append(&mut self.tokens);
    }
}

impl<P: Part> Part for Option<P> {
    fn add_to(self, tokens: &mut Vec<TokenTree>) {
        if let Some(part) = self {
            part.add_to(tokens);
        }
    }
}

impl<P: Part> Part for Vec<P> {
    fn add_to(self, tokens: &mut Vec<TokenTree>) {
        for part in self {
            part.add_to(tokens);
        }
    }
}

macro_rules! single_tokens {
    ($($token:ident)*) => {$(
        impl Part for $token {
            fn add_to(self, tokens: &mut Vec<TokenTree>) {
                tokens.push(self.into());
            }
        }
    )*};
}

single_tokens!(Group Ident Literal);

impl Part for TokenStream {
    fn add_to(self, tokens: &mut Vec<TokenTree>) {
        tokens.extend(self);
    }
}

/// A part of a syntax tree.
impl<T: ToTokens> Part for &T {
    fn add_to(self, tokens: &mut Vec<TokenTree>) {
        tokens.extend(self.to_token_stream());
    }
}

/// The elements of a slice as one part.
pub(crate) fn each<T: ToTokens>(parts: &[T]) -> Vec<&T> {
    parts.iter().collect()
}

/// Parts with a comma between each two of them.
pub(crate) fn comma_separated(parts: impl IntoIterator<Item = impl Part>, span: Span) -> Code {
    let mut code = Code::at(span);
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            code.add_punct(',', Spacing::Alone);
        }
        code.add(part);
    }
    code
}

/// A string literal with the given span.
pub(crate) fn text(text: &str, span: Span) -> Literal {
    let mut literal = Literal::string(text);
    literal.set_span(span);
    literal
}

/// Builds a [`Code`]: in `code!(span=> tokens)`, `#name` inserts the value of a variable, which
/// must be a [`Part`].
macro_rules! code {
    ($span:expr=>) => { $crate::code::Code::at($span) };
    ($span:expr=> $($token:tt)+) => {{
        let span = $span;
        let mut code = $crate::code::Code::at(span);
        $crate::code::code!(@code span $($token)+);
        code
    }};
    (@$code:ident $span:ident) => {};
    (@$code:ident $span:ident # $part:ident $($rest:tt)*) => {
        $code.add($part);
        $crate::code::code!(@$code $span $($rest)*);
    };
    (@$code:ident $span:ident ($($inside:tt)*) $($rest:tt)*) => {
        let inside = $crate::code::code!($span=> $($inside)*);
        $code.add_group(::proc_macro2::Delimiter::Parenthesis, inside);
        $crate::code::code!(@$code $span $($rest)*);
    };
    (@$code:ident $span:ident [$($inside:tt)*] $($rest:tt)*) => {
        let inside = $crate::code::code!($span=> $($inside)*);
        $code.add_group(::proc_macro2::Delimiter::Bracket, inside);
        $crate::code::code!(@$code $span $($rest)*);
    };
    (@$code:ident $span:ident {$($inside:tt)*} $($rest:tt)*) => {
        let inside = $crate::code::code!($span=> $($inside)*);
        $code.add_group(::proc_macro2::Delimiter::Brace, inside);
        $crate::code::code!(@$code $span $($rest)*);
    };
    (@$code:ident $span:ident _ $($rest:tt)*) => {
        $code.add_word("_");
        $crate::code::code!(@$code $span $($rest)*);
    };
    (@$code:ident $span:ident $word:ident $($rest:tt)*) => {
        $code.add_word(stringify!($word));
        $crate::code::code!(@$code $span $($rest)*);
    };
    (@$code:ident $span:ident $sign:tt $($rest:tt)*) => {
        $code.add_sign(stringify!($sign));
        $crate::code::code!(@$code $span $($rest)*);
    };
}

pub(crate) use code;

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[test]
    fn code_is_what_quoting_makes_of_the_same_tokens() {
        let span = Span::call_site();
        let (number, name) = (Literal::u8_unsuffixed(7), Ident::new("name", span));
        let quoted = quote! {
            #[cfg(all())]
            fn #name<'a>(_: &'a [u8; #number]) -> ::core::option::Option<&'static str> {
                |module, request| async move { Self::x(module.await?)..=2 }
            }
        };
        let range = quote!(..=2);
        let code = code! {span=>
            #[cfg(all())]
            fn #name<'a>(_: &'a [u8; #number]) -> ::core::option::Option<&'static str> {
                |module, request| async move { Self::x(module.await?) #range }
            }
        };
        assert_eq!(TokenStream::from(code).to_string(), quoted.to_string());
    }

    #[test]
    fn parts_are_put_in_order() {
        let span = Span::call_site();
        let words = vec![code!(span=> a), code!(span=> b c)];
        let (none, some) = (None::<Code>, Some(code!(span=> [d])));
        let listed = comma_separated([code!(span=> e), code!(span=> f)], span);
        let code = code!(span=> (#words) #none #some (#listed));
        assert_eq!(TokenStream::from(code).to_string(), "(a b c) [d] (e , f)");
    }
}
