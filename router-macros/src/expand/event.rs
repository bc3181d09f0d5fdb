//! The functions of `impl WebSocket`: from the runtime's events to the user's handlers.

use super::{glue, of_output};
use crate::{
    model::{
        event::Slot,
        signature::{Argument, Handler},
    },
    paths::{CrateRoot, Runtime},
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::{Lifetime, Type};

/// The function that calls a handler.
///
/// The signature has the user's span alone: if the future isn't `Send`, that is said at the
/// handler. Names are hygienic, so the body has to use those of the signature.
pub(super) fn function(root: &CrateRoot, slot: Slot, handler: &Handler) -> TokenStream {
    let here = handler.name.span();
    let a = Lifetime::new("'a", here);
    let this = Ident::new("self", here);
    let parameters = parameters(root, slot, here, &a);
    let body = body(root, slot, handler, &this, &parameters);

    // What the handler has no argument for is not given a name.
    let name = |position: usize, name: &Ident| match handler.arguments.get(position) {
        Some(_) => name.to_token_stream(),
        None => quote_spanned!(here=> _),
    };
    let ws = name(0, &Ident::new("ws", here));
    let rest = parameters.iter().zip(1..).map(|(parameter, position)| {
        let name = name(position, &parameter.name);
        let ty = &parameter.ty;
        quote_spanned!(here=> #name: #ty)
    });
    let function = Ident::new(slot.names().0, here);
    let cfgs = &handler.cfgs;
    let Runtime {
        future,
        outcome,
        send,
        socket,
        step,
        ..
    } = root.at(here);
    let allowance = handler.allowance(glue(here));
    quote_spanned! {here=>
        #(#cfgs)*
        #allowance
        fn #function<#a>(
            &#a #this,
            #ws: &#a mut #socket<Self::Data>,
            #(#rest),*
        ) -> #step<impl #future<Output = #outcome> + #send + #a> {
            #body
        }
    }
}

/// A parameter of a function of the runtime's trait.
struct Parameter {
    name: Ident,
    ty: TokenStream,
    /// The type without its lifetime, for messages.
    given: TokenStream,
}

/// What an event has besides the socket.
fn parameters(root: &CrateRoot, slot: Slot, here: Span, a: &Lifetime) -> Vec<Parameter> {
    let Runtime {
        close_code,
        socket_error,
        ..
    } = root.at(here);
    let owned = |name: &str, ty: TokenStream| Parameter {
        name: Ident::new(name, here),
        given: ty.clone(),
        ty,
    };
    let lent = |name: &str, ty: TokenStream| Parameter {
        name: Ident::new(name, here),
        given: quote_spanned!(here=> &#ty),
        ty: quote_spanned!(here=> &#a #ty),
    };
    let text = quote_spanned!(here=> str);
    let bytes = quote_spanned!(here=> [u8]);
    match slot {
        Slot::Open | Slot::Drain => vec![],
        Slot::Text => vec![lent("text", text)],
        Slot::Binary => vec![lent("bytes", bytes)],
        Slot::Ping | Slot::Pong => vec![lent("payload", bytes)],
        Slot::Lagged => vec![owned("missed", quote_spanned!(here=> u64))],
        Slot::Close => vec![
            owned("code", close_code.to_token_stream()),
            lent("reason", text),
        ],
        Slot::Error => vec![owned("error", socket_error.to_token_stream())],
    }
}

fn body(
    root: &CrateRoot,
    slot: Slot,
    handler: &Handler,
    this: &Ident,
    parameters: &[Parameter],
) -> TokenStream {
    let span = glue(handler.name.span());
    let Runtime {
        event,
        into_outcome,
        step,
        ..
    } = root.at(span);
    let variant = Ident::new(slot.names().1, span);
    let event = quote_spanned!(span=> #event::#variant);
    let (decode, given) = given(root, slot, handler, parameters, &event);

    let mut name = handler.name.clone();
    name.set_span(span);
    let call = quote_spanned!(span=> Self::#name(#this, #(#given),*));
    let trait_ = quote_spanned!(span=> #into_outcome);
    let into_outcome = of_output(handler.output.as_ref(), trait_);
    if handler.is_async {
        quote_spanned! {span=>
            #step::wait(async move {
                #decode
                #into_outcome::into_outcome(#call.await, #event)
            })
        }
    } else {
        quote_spanned! {span=>
            #decode
            #step::done(#into_outcome::into_outcome(#call, #event))
        }
    }
}

/// What the handler is called with, and the statement that decodes a message for it.
///
/// A wrong type is reported at the argument, in our words, and not at the handler's name.
fn given(
    root: &CrateRoot,
    slot: Slot,
    handler: &Handler,
    parameters: &[Parameter],
    event: &TokenStream,
) -> (Option<TokenStream>, Vec<TokenStream>) {
    let here = handler.name.span();
    let Some((ws, rest)) = handler.arguments.split_first() else {
        return (None, Vec::new());
    };
    let Runtime { given, socket, .. } = root.at(glue(here));
    let give = |ty: &Type, name: &Ident, found: &TokenStream| quote_spanned!(glue(here)=> #given::<#ty, #found>(#name));
    let socket = quote_spanned!(glue(here)=> &mut #socket<Self::Data>);
    let mut all = vec![give(&ws.ty, &Ident::new("ws", here), &socket)];
    let mut statement = None;
    for (Argument { ty, .. }, parameter) in rest.iter().zip(parameters) {
        let kind = match slot {
            Slot::Text => "Text",
            Slot::Binary => "Binary",
            _ => {
                all.push(give(ty, &parameter.name, &parameter.given));
                continue;
            }
        };
        let kind = Ident::new(kind, glue(here));
        statement = Some(decode(root, handler, ty, &kind, &parameter.name, event));
        all.push(quote_spanned!(glue(here)=> payload));
    }
    (statement, all)
}

/// `let payload = …;`, or the end of the handler with an error.
fn decode(
    root: &CrateRoot,
    handler: &Handler,
    ty: &Type,
    kind: &Ident,
    message_name: &Ident,
    event: &TokenStream,
) -> TokenStream {
    let span = glue(handler.name.span());
    let Runtime {
        decode,
        err,
        message,
        ok,
        step,
        ..
    } = root.at(span);
    let failure = if handler.is_async {
        quote_spanned!(span=> #err(error))
    } else {
        quote_spanned!(span=> #step::done(#err(error)))
    };
    quote_spanned! {span=>
        let payload = match #decode::<#ty>(#event, #message::#kind(#message_name)) {
            #ok(payload) => payload,
            #err(error) => return #failure,
        };
    }
}
