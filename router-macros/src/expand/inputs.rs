//! The arguments of a route's handler, taken from the request.
//!
//! Generated for a function with `module: Arc<Self>` and `request: Request` in scope that returns
//! a response.

use super::glue;
use crate::{
    model::{
        input::{Input, Source},
        signature::Handler,
    },
    paths::{CrateRoot, Runtime},
};
use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote_spanned};
use syn::spanned::Spanned as _;

/// A call of a handler.
pub(super) struct Call {
    /// Takes what has to be owned, or returns the response that refuses.
    pub(super) statements: TokenStream,
    /// The call itself, awaited if need be.
    pub(super) expression: TokenStream,
    /// What the parameter `request` has to be for this.
    pub(super) request: TokenStream,
}

pub(super) fn call(root: &CrateRoot, handler: &Handler, inputs: &[Input]) -> Call {
    let span = glue(handler.name.span());
    let Runtime {
        err,
        lend,
        ok,
        path_parameter,
        ..
    } = root.at(span);
    let mut statements = TokenStream::new();
    let mut arguments = Vec::new();
    for (position, Input { ty, source }) in inputs.iter().enumerate() {
        let taken = match source {
            Source::Lent(lent) => {
                arguments.push(quote_spanned!(span=> #lend::<#lent>(&request)));
                continue;
            }
            Source::Parameter { index, name } => {
                quote_spanned!(span=> #path_parameter::<#ty>(&request, #index, #name))
            }
            Source::Extractor => {
                // From the type's first token to its last, and nowhere else: that is what can't
                // be extracted, and what is said twice at one place is shown once.
                let here = ty.span();
                let last = ty.to_token_stream().into_iter().last();
                let last = last.map_or(here, |token| token.span());
                let Runtime { extract, .. } = root.at(here);
                let taken_from = quote_spanned!(glue(here)=> &module, &mut request);
                let mut taken_from = Group::new(Delimiter::Parenthesis, taken_from);
                taken_from.set_span(last);
                let dot_await = quote_spanned!(last=> .await);
                quote_spanned!(here=> #extract::<#ty, Self> #taken_from #dot_await)
            }
        };
        let argument = format_ident!("argument_{}", position, span = span);
        statements.extend(quote_spanned! {span=>
            let #argument = match #taken {
                #ok(value) => value,
                #err(response) => return response,
            };
        });
        arguments.push(quote_spanned!(span=> #argument));
    }
    let mut name = handler.name.clone();
    name.set_span(span);
    let dot_await = handler.is_async.then(|| quote_spanned!(span=> .await));
    Call {
        statements,
        expression: quote_spanned!(span=> Self::#name(&module, #(#arguments),*) #dot_await),
        request: request(inputs, span),
    }
}

/// `request`, `mut` where something is extracted from it, `_` where nothing is wanted of it.
fn request(inputs: &[Input], span: Span) -> TokenStream {
    let is_extractor = |input: &Input| matches!(input.source, Source::Extractor);
    if inputs.iter().any(is_extractor) {
        quote_spanned!(span=> mut request)
    } else if inputs.is_empty() {
        quote_spanned!(span=> _)
    } else {
        quote_spanned!(span=> request)
    }
}
