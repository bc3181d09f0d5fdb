//! The spans of generated code, and the paths of the runtime's names in it.
//!
//! Generated code has two kinds of spans. Most tokens have a [`hygienic_at`] span: they resolve like
//! the macro's own code, so the user's names cannot conflict with them and lints ignore them. Tokens
//! at which the compiler may find a mistake of the user have exactly the span of the user's code.

use crate::{
    code::{Code, code, each, text},
    model::signature::Handler,
    parse::attribute::cfgs,
    tokens::ends,
    types,
};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt as _};
use syn::{Attribute, Expr};

/// The user's item, followed by generated items that repeat its `#[cfg]`s.
pub(super) fn beside(
    item: &impl ToTokens,
    attrs: &[Attribute],
    generated: Vec<TokenStream>,
) -> TokenStream {
    let cfgs = cfgs(attrs);
    let mut tokens = item.to_token_stream();
    for item in generated {
        tokens.append_all(&cfgs);
        tokens.extend(item);
    }
    tokens
}

/// A span that resolves like the macro's own code and is located at `place`.
pub(super) fn hygienic_at(place: Span) -> Span {
    Span::mixed_site().located_at(place)
}

/// The path of a name in the runtime, located from the first token of a place to its last. Type
/// errors about the name are reported at that place.
pub(super) fn runtime(name: &str, (first, last): (Span, Span)) -> Code {
    let name = Ident::new(name, last);
    code!(first=> __router::#name)
}

/// A handler, with the spans of the code generated for it.
///
/// `span` is [`hygienic_at`] at the handler's name. Creating that span calls into the compiler, so it is
/// cached.
#[derive(Clone, Copy)]
pub(super) struct HandlerSite<'a> {
    pub(super) handler: &'a Handler,
    pub(super) span: Span,
    /// The spans of the first and the last token of the return type. Without one, both are `span`.
    pub(super) returned: (Span, Span),
}

impl<'a> HandlerSite<'a> {
    pub(super) fn of(handler: &'a Handler) -> Self {
        let span = hygienic_at(handler.name.span());
        Self {
            handler,
            span,
            returned: handler.output.as_ref().map_or((span, span), types::ends),
        }
    }

    /// The span of the handler's name in the user's code.
    pub(super) fn here(self) -> Span {
        self.handler.name.span()
    }

    /// A call of the handler, located at the return type, because errors about that type are
    /// reported there.
    pub(super) fn call(self, receiver: Code, arguments: Vec<Code>) -> Code {
        let (first, last) = self.returned;
        let mut name = self.handler.name.clone();
        name.set_span(first);
        let mut given = receiver;
        for argument in arguments {
            given.add(code!(self.span=> , #argument));
        }
        let given = given.in_group(Delimiter::Parenthesis, last);
        let dot_await = self.handler.is_async.then(|| code!(last=> .await));
        code!(first=> __Module::#name #given #dot_await)
    }

    pub(super) fn cfgs(self) -> Vec<&'a Attribute> {
        each(&self.handler.cfgs)
    }

    /// The `#[allow(deprecated)]` for code that calls a deprecated handler.
    pub(super) fn allowance(self) -> Option<Code> {
        let span = self.span;
        self.handler.is_deprecated.then(|| {
            let reason = text(
                "a deprecated handler still handles requests and events",
                span,
            );
            code!(span=> #[allow(deprecated, reason = #reason)])
        })
    }
}

/// Converts an expression of any integer type to `u128`. Nothing is truncated, and a negative
/// number becomes a large one.
///
/// The call begins and ends at the same places as the expression, because the compiler shows
/// identical errors at one place only once.
pub(super) fn widened(expr: &Expr) -> Code {
    let (here, last) = ends(expr.to_token_stream());
    let mut value = Group::new(Delimiter::Parenthesis, expr.to_token_stream());
    value.set_span(last);
    let integer = runtime("integer", (here, here));
    let span = hygienic_at(here);
    code!(span=> (#integer #value as ::core::primitive::u128))
}
