//! `impl WebSocket`: data, options, and which events there are handlers for.

use super::{event, glue, widened};
use crate::{
    model::{
        Module,
        options::{Chosen, Compressor, Deflate, Setting, Value},
        socket::{EventHandler, Socket},
    },
    parse::values::literal,
    paths::{CrateRoot, Runtime},
};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::{Expr, Lit, Type, spanned::Spanned as _};

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
    let set = settings.iter().map(|setting| {
        let builder = Ident::new(setting.spec.builder, span);
        let value = value(root, &setting.value, span);
        quote_spanned!(span=> .#builder(#value))
    });
    quote_spanned!(span=> const OPTIONS: #options = #options::DEFAULT #(#set)*;)
}

fn value(root: &CrateRoot, value: &Value, span: Span) -> TokenStream {
    match value {
        Value::Known(number) => Literal::u64_unsuffixed(*number).into_token_stream(),
        Value::Number { expr, quantity } => {
            let factor = (quantity.integer != 1).then(|| {
                let factor = Literal::u64_unsuffixed(quantity.integer);
                quote_spanned!(span=> * #factor)
            });
            let number = widened(root, expr);
            quote_spanned!(span=> #number as ::core::primitive::u64 #factor)
        }
        Value::Flag(expr) => switch(expr),
        Value::Constant(expr) => expr.into_token_stream(),
        Value::OnSlow(variant) => {
            let Runtime { on_slow, .. } = root.at(span);
            let variant = Ident::new(variant, span);
            quote_spanned!(span=> #on_slow::#variant)
        }
        Value::List(elements) => quote_spanned!(span=> &[#(#elements),*]),
        Value::Deflate(deflate) => self::deflate(root, deflate, span),
    }
}

/// A `bool`. Any other type is a fault of the expression alone.
fn switch(expr: &Expr) -> TokenStream {
    if literal(expr).is_some() {
        return expr.to_token_stream();
    }
    let span = glue(expr.span());
    quote_spanned!(span=> { let is_on: ::core::primitive::bool = #expr; is_on })
}

fn deflate(root: &CrateRoot, deflate: &Deflate, span: Span) -> TokenStream {
    let Runtime {
        compression,
        per_message_deflate,
        ..
    } = root.at(span);
    match deflate {
        Deflate::Switch(expr) => match literal(expr) {
            Some(Lit::Bool(on)) => {
                let constant = Ident::new(if on.value { "ON" } else { "OFF" }, span);
                quote_spanned!(span=> #per_message_deflate::#constant)
            }
            _ => {
                let is_on = switch(expr);
                quote_spanned! {span=>
                    if #is_on { #per_message_deflate::ON } else { #per_message_deflate::OFF }
                }
            }
        },
        Deflate::Chosen(chosen) => {
            let Chosen {
                compress,
                decompress,
                level,
            } = &**chosen;
            let variant = |chosen: &Compressor| Ident::new(chosen.variant, span);
            let compress = compress.map(variant).into_iter();
            let decompress = decompress.map(variant).into_iter();
            let level = level.as_ref().map(|level| value(root, level, span));
            let level = level.into_iter();
            quote_spanned! {span=>
                #per_message_deflate::ON
                    #(.compress(#compression::#compress))*
                    #(.decompress(#compression::#decompress))*
                    #(.level(#level))*
            }
        }
    }
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
