//! The functions of `impl WebSocket`: from the runtime's events to the user's handlers.

use super::{call, glue, place_of, returned, runtime};
use crate::model::{event::Slot, signature::Handler};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::Type;

/// The function that calls a handler.
///
/// The signature has the user's span alone: if the future isn't `Send`, that is said at the
/// handler. Names are hygienic, so the body has to use those of the signature.
pub(super) fn function(slot: Slot, handler: &Handler) -> TokenStream {
    let here = handler.name.span();
    let this = Ident::new("self", here);
    let parameters = parameters(slot, here);
    let span = glue(here);
    // What the handler has no argument for is not given a name.
    let declared = parameters.iter().enumerate().map(|(position, (name, ty))| {
        let name = match handler.arguments.get(position) {
            Some(_) => name.to_token_stream(),
            None => quote_spanned!(here=> _),
        };
        quote_spanned!(here=> #name: #ty)
    });
    let (function, variant) = slot.names();
    let variant = Ident::new(variant, here);
    let event = quote_spanned!(span=> __router::Event::#variant);
    let outcome = outcome(slot, handler, &this, &parameters, &event);
    let cfgs = &handler.cfgs;
    let allowance = handler.allowance(span);
    let (function, keyword) = if handler.is_async {
        let keyword = quote_spanned!(here=> async);
        (format!("{function}_async"), Some(keyword))
    } else {
        (function.to_owned(), None)
    };
    let function = Ident::new(&function, here);
    quote_spanned! {here=>
        #(#cfgs)*
        #allowance
        #keyword fn #function(&#this #(, #declared)*) -> __router::Ended { #outcome }
    }
}

type Parameter = (Ident, TokenStream);

/// What the runtime gives an event.
fn parameters(slot: Slot, here: Span) -> Vec<Parameter> {
    let span = glue(here);
    let of = |name: &str, ty: TokenStream| (Ident::new(name, here), ty);
    let text = || quote_spanned!(span=> &str);
    let bytes = || quote_spanned!(span=> &[u8]);
    let mut all = vec![of(
        "ws",
        quote_spanned!(span=> &mut __router::Socket<Self::Data>),
    )];
    match slot {
        Slot::Open | Slot::Drain => {}
        Slot::Text => all.push(of("text", text())),
        Slot::Binary => all.push(of("bytes", bytes())),
        Slot::Ping | Slot::Pong => all.push(of("payload", bytes())),
        Slot::Lagged => all.push(of("missed", quote_spanned!(span=> ::core::primitive::u64))),
        Slot::Close => all.extend([
            of("code", quote_spanned!(span=> __router::CloseCode)),
            of("reason", text()),
        ]),
        Slot::Error => all.push(of("error", quote_spanned!(span=> __router::SocketError))),
    }
    all
}

/// The call of the handler, and what it has come to.
fn outcome(
    slot: Slot,
    handler: &Handler,
    this: &Ident,
    parameters: &[Parameter],
    event: &TokenStream,
) -> TokenStream {
    let span = glue(handler.name.span());
    let kind = match slot {
        Slot::Text => Some("Text"),
        Slot::Binary => Some("Binary"),
        _ => None,
    };
    let arguments = handler.arguments.iter().zip(parameters);
    let arguments = arguments
        .enumerate()
        .map(|(position, (argument, (name, _)))| match kind {
            Some(kind) if position > 0 => decoded(&argument.ty, kind, name, event, span),
            _ => given(&argument.ty, name, span),
        });
    let arguments: Vec<_> = arguments.collect();
    let called = call(handler, this.to_token_stream(), &arguments);
    let (first, last) = returned(handler);
    let trait_ = runtime("IntoOutcome", (first, last));
    quote_spanned!(last=> #trait_::into_outcome(#called, #event))
}

/// A wrong type is reported at the argument, in our words, and not at the handler's name.
fn given(ty: &Type, name: &Ident, span: Span) -> TokenStream {
    let (first, last) = place_of(ty);
    let (given, value) = (
        runtime("given", (first, last)),
        runtime("Given", (first, last)),
    );
    let value = quote_spanned!(last=> #value(#name));
    quote_spanned!(span=> #given(#value))
}

/// What a handler takes of a message.
fn decoded(ty: &Type, kind: &str, name: &Ident, event: &TokenStream, span: Span) -> TokenStream {
    let place = place_of(ty);
    let (decode, argument) = (runtime("decode", place), runtime("Argument", place));
    let kind = Ident::new(kind, span);
    quote_spanned!(span=> #decode(#argument, #event, __router::Message::#kind(#name))?)
}
