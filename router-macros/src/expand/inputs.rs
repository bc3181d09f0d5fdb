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
    parse::attribute::not_all,
    paths::{CrateRoot, Runtime},
};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
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

/// Whether a handler and all that it is given are to be had without waiting.
pub(super) fn are_at_hand(handler: &Handler, inputs: &[Input]) -> bool {
    !handler.is_async && !inputs.iter().any(Input::is_extracted)
}

/// `at_hand` is for a function that returns a future of the response, and isn't one.
pub(super) fn call(root: &CrateRoot, handler: &Handler, inputs: &[Input], at_hand: bool) -> Call {
    let span = glue(handler.name.span());
    let Runtime {
        answered,
        err,
        into_response,
        lend,
        ok,
        path_parameter,
        ..
    } = root.at(span);
    let refusal = if at_hand {
        quote_spanned!(span=> #answered(response))
    } else {
        quote_spanned!(span=> response)
    };
    let rejection = quote_spanned!(span=> #into_response::into_response(response));
    let mut statements = TokenStream::new();
    let mut arguments = Vec::new();
    for (position, (argument, input)) in handler.arguments.iter().zip(inputs).enumerate() {
        let Input { ty, source } = input;
        let cfgs = &argument.cfgs;
        let mut refusal = &refusal;
        let taken = match source {
            Source::Lent(lent) => {
                arguments.push(quote_spanned!(span=> #lend::<#lent>(&request)));
                continue;
            }
            Source::Parameter { index, name } => {
                quote_spanned!(span=> #path_parameter::<#ty>(&request, #index, #name))
            }
            Source::Extractor => {
                // What can't be extracted is said here, once, and nowhere else.
                let here = ty.span();
                let Runtime {
                    must_be_extractor, ..
                } = root.at(here);
                statements
                    .extend(quote_spanned!(here=> #(#cfgs)* #must_be_extractor::<#ty, Self>();));
                refusal = &rejection;
                extracted(root, ty, span)
            }
        };
        let argument = format_ident!("argument_{}", position, span = span);
        statements.extend(quote_spanned! {span=>
            #(#cfgs)*
            let #argument = match #taken {
                #ok(value) => value,
                #err(response) => return #refusal,
            };
        });
        arguments.push(quote_spanned!(span=> #argument));
    }
    let mut name = handler.name.clone();
    name.set_span(span);
    let dot_await = handler.is_async.then(|| quote_spanned!(span=> .await));
    let called = |arguments: &[&TokenStream]| quote_spanned!(span=> Self::#name(&module, #(#arguments),*) #dot_await);
    Call {
        statements,
        expression: conditional(handler, &arguments, called, span),
        request: request(inputs, span),
    }
}

/// A call without those arguments that are configured away: arguments can't have a `#[cfg]`, so
/// that there is a call for each combination, of which one is left.
fn conditional(
    handler: &Handler,
    arguments: &[TokenStream],
    called: impl Fn(&[&TokenStream]) -> TokenStream,
    span: Span,
) -> TokenStream {
    let conditions = || handler.arguments.iter().map(|argument| &argument.cfgs[..]);
    let some = conditions().filter(|cfgs| !cfgs.is_empty()).count();
    if some == 0 {
        return called(&arguments.iter().collect::<Vec<_>>());
    }
    let calls = (0..1_u32 << some).map(|combination| {
        let mut place = 0;
        let mut holding = Vec::new();
        let mut left = Vec::new();
        for (argument, cfgs) in arguments.iter().zip(conditions()) {
            if cfgs.is_empty() {
                left.push(argument);
                continue;
            }
            if combination >> place & 1 == 1 {
                left.push(argument);
                holding.extend_from_slice(cfgs);
            } else {
                holding.push(not_all(cfgs));
            }
            place += 1;
        }
        let call = called(&left);
        quote_spanned!(span=> #(#holding)* let output = #call;)
    });
    quote_spanned!(span=> { #(#calls)* output })
}

/// What is taken from the request, by an extractor or what stands in for one.
pub(super) fn extracted(root: &CrateRoot, ty: impl ToTokens, span: Span) -> TokenStream {
    let Runtime {
        extractor,
        not_extracted,
        ..
    } = root.at(span);
    quote_spanned! {span=> {
        use #not_extracted as _;
        <#extractor<#ty, Self>>::extract(&module, &mut request).await
    }}
}

/// `request`, `mut` where something is extracted from it, `_` where nothing is wanted of it.
fn request(inputs: &[Input], span: Span) -> TokenStream {
    if inputs.iter().any(Input::is_extracted) {
        quote_spanned!(span=> mut request)
    } else if inputs.is_empty() {
        quote_spanned!(span=> _)
    } else {
        quote_spanned!(span=> request)
    }
}
