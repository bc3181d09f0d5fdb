//! `impl WebSocket`: data, options, and which events there are handlers for.

use super::{event, glue, widened};
use crate::{
    model::{
        Module,
        options::{Setting, Value},
        socket::{EventHandler, Socket},
    },
    paths::{CrateRoot, Runtime},
};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::{Type, spanned::Spanned as _};

pub(super) fn implementation(root: &CrateRoot, module: &Module, socket: &Socket) -> TokenStream {
    let Module {
        self_ty,
        impl_token,
        name: _,
        routes: _,
        socket: _,
    } = module;
    let Socket {
        path: _,
        data,
        settings,
        admissions: _,
        handlers,
    } = socket;
    let span = glue(impl_token.span);
    let data = data_type(data.as_ref(), span);
    let options = options(root, settings, span);
    let events = events(root, handlers, span);
    let functions = handlers.iter().flat_map(|EventHandler { event, handler }| {
        let slots = event.slots().iter();
        slots.map(move |slot| event::function(root, *slot, handler))
    });
    let Runtime { web_socket, .. } = root.at(impl_token.span);
    quote_spanned! {impl_token.span=>
        impl #web_socket for #self_ty { #data #options #events #(#functions)* }
    }
}

/// `type Data`, at the user's type: that is what may be private, or not `Send`.
pub(super) fn data_type(data: Option<&Type>, span: Span) -> TokenStream {
    match data {
        Some(ty) => quote_spanned!(ty.span()=> type Data = #ty;),
        None => quote_spanned!(span=> type Data = ();),
    }
}

fn options(root: &CrateRoot, settings: &[Setting], span: Span) -> TokenStream {
    let Runtime { options, .. } = root.at(span);
    let set = settings.iter().map(|Setting { spec, value }| {
        let builder = Ident::new(spec.builder, span);
        let value = match value {
            Value::Known(number) => Literal::u64_unsuffixed(*number).into_token_stream(),
            Value::Number { expr, quantity } => {
                let factor = (quantity.integer != 1).then(|| {
                    let factor = Literal::u64_unsuffixed(quantity.integer);
                    quote_spanned!(span=> * #factor)
                });
                let number = widened(root, expr);
                quote_spanned!(span=> #number as u64 #factor)
            }
            Value::Flag(expr) => expr.into_token_stream(),
        };
        quote_spanned!(span=> .#builder(#value))
    });
    quote_spanned!(span=> const OPTIONS: #options = #options::DEFAULT #(#set)*;)
}

fn events(root: &CrateRoot, handlers: &[EventHandler], span: Span) -> TokenStream {
    let Runtime { event, events, .. } = root.at(span);
    let add = handlers.iter().flat_map(|handled| {
        let cfgs = &handled.handler.cfgs;
        handled.event.slots().iter().map(move |slot| {
            let name = Ident::new(slot.names().1, span);
            quote_spanned!(span=> #(#cfgs)* let events = #events::with(events, #event::#name);)
        })
    });
    quote_spanned! {span=>
        const EVENTS: #events = {
            let events = #events::NONE;
            #(#add)*
            events
        };
    }
}
