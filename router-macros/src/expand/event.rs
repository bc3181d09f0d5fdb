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
use syn::{Lifetime, Type, spanned::Spanned as _};

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
    quote_spanned! {here=>
        #(#cfgs)*
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
}

/// What an event has besides the socket.
fn parameters(root: &CrateRoot, slot: Slot, here: Span, a: &Lifetime) -> Vec<Parameter> {
    let Runtime {
        close_code,
        socket_error,
        ..
    } = root.at(here);
    let parameter = |name: &str, ty: TokenStream| Parameter {
        name: Ident::new(name, here),
        ty,
    };
    let text = quote_spanned!(here=> &#a str);
    let bytes = quote_spanned!(here=> &#a [u8]);
    match slot {
        Slot::Open | Slot::Drain => vec![],
        Slot::Text => vec![parameter("text", text)],
        Slot::Binary => vec![parameter("bytes", bytes)],
        Slot::Ping | Slot::Pong => vec![parameter("payload", bytes)],
        Slot::Lagged => vec![parameter("missed", quote_spanned!(here=> u64))],
        Slot::Close => vec![
            parameter("code", close_code.to_token_stream()),
            parameter("reason", text),
        ],
        Slot::Error => vec![parameter("error", socket_error.to_token_stream())],
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
/// A wrong type is reported at the argument, not at the handler's name.
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
    let mut given = vec![reborrow(here, &ws.ty)];
    let mut statement = None;
    for (Argument { name: _, ty }, parameter) in rest.iter().zip(parameters) {
        let kind = match slot {
            Slot::Text => "Text",
            Slot::Binary => "Binary",
            _ => {
                let mut name = parameter.name.clone();
                name.set_span(here.located_at(ty.span()));
                given.push(name.into_token_stream());
                continue;
            }
        };
        let kind = Ident::new(kind, glue(here));
        statement = Some(decode(root, handler, ty, &kind, &parameter.name, event));
        given.push(quote_spanned!(glue(here)=> payload));
    }
    (statement, given)
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

/// `&mut *ws`, from the first token of the argument's type to the last.
fn reborrow(here: Span, ty: &Type) -> TokenStream {
    let first = here.located_at(ty.span());
    let last = ty.to_token_stream().into_iter().last();
    let last = last.map_or(first, |token| here.located_at(token.span()));
    let ws = Ident::new("ws", last);
    quote_spanned!(first=> &mut *#ws)
}
