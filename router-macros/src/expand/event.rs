//! The functions of `impl WebSocket`, which pass the runtime's events to the user's handlers.

use super::site::{HandlerSite, runtime};
use crate::{
    code::{Code, code},
    model::{
        event::Slot,
        signature::{Handler, Receiver},
    },
    types,
};
use proc_macro2::{Ident, Span};
use syn::Type;

/// The function that calls a handler.
///
/// The signature has the user's span, so that an error about a future that isn't `Send` is reported
/// at the handler. Names are hygienic, so the body must use the identifiers of the signature.
pub(super) fn function(slot: Slot, handler: &Handler) -> Code {
    let site = HandlerSite::of(handler);
    let here = site.here();
    let (function, _) = slot.names();
    let (function, keyword) = if handler.is_async {
        (format!("{function}_async"), Some(code!(here=> async)))
    } else {
        (function.to_owned(), None)
    };
    let function = Ident::new(&function, here);
    let parameters = parameters(slot, site);
    let outcome = outcome(slot, site, &parameters);
    let mut declared = code!(here=> &self);
    for (position, (name, ty)) in parameters.into_iter().enumerate() {
        // A parameter that the handler does not use is named `_`.
        let is_asked = position == 0 && handler.receiver == Receiver::Shared;
        let is_taken = is_asked || position < handler.arguments.len();
        let name = if is_taken {
            name
        } else {
            Ident::new("_", here)
        };
        declared.add(code!(here=> , #name: #ty));
    }
    let cfgs = site.cfgs();
    let allowance = site.allowance();
    code! {here=>
        #cfgs
        #allowance
        #keyword fn #function(#declared) -> __router::Ended { #outcome }
    }
}

type Parameter = (Ident, Code);

/// The parameters that the runtime passes for an event.
fn parameters(slot: Slot, site: HandlerSite<'_>) -> Vec<Parameter> {
    let (here, span) = (site.here(), site.span);
    let of = |name: &str, ty: Code| (Ident::new(name, here), ty);
    let text = || code!(span=> &str);
    let bytes = || code!(span=> &[u8]);
    let mut all = vec![of("ws", code!(span=> &mut __router::Socket<Self::Data>))];
    match slot {
        Slot::Open | Slot::Drain => {}
        Slot::Text => all.push(of("text", text())),
        Slot::Binary => all.push(of("bytes", bytes())),
        Slot::Ping | Slot::Pong => all.push(of("payload", bytes())),
        Slot::Lagged => all.push(of("missed", code!(span=> ::core::primitive::u64))),
        Slot::Close => all.extend([
            of("code", code!(span=> __router::CloseCode)),
            of("reason", text()),
        ]),
        Slot::Error => all.push(of("error", code!(span=> __router::SocketError))),
    }
    all
}

/// The call of the handler, converted to an outcome.
fn outcome(slot: Slot, site: HandlerSite<'_>, parameters: &[Parameter]) -> Code {
    let span = site.span;
    let kind = match slot {
        Slot::Text => Some("Text"),
        Slot::Binary => Some("Binary"),
        _ => None,
    };
    let arguments = site.handler.arguments.iter().zip(parameters).enumerate();
    let arguments = arguments.map(|(position, (argument, (name, _)))| match kind {
        Some(kind) if position > 0 => decoded(&argument.ty, kind, name, span),
        _ => given(&argument.ty, name, span),
    });
    let receiver = match site.handler.receiver {
        Receiver::Borrowed => code!(site.here()=> self),
        // The socket holds the module, so that events do not have to pass the module.
        Receiver::Shared => {
            let ws = parameters[0].0.clone();
            code!(span=> __router::shared::<__Module, _>(#ws))
        }
    };
    let called = site.call(receiver, arguments.collect());
    let trait_ = runtime("IntoHandlerResult", site.returned);
    code!(site.returned.1=> #trait_::into_handler_result(#called))
}

/// Passes a value to an argument of the handler.
///
/// A wrong type is reported at the argument, with `router`'s own message, and not at the handler's
/// name.
fn given(ty: &Type, name: &Ident, span: Span) -> Code {
    let (first, last) = types::ends(ty);
    let (given, value) = (
        runtime("given", (first, last)),
        runtime("Given", (first, last)),
    );
    let name = name.clone();
    let value = code!(last=> #value(#name));
    code!(span=> #given(#value))
}

/// Decodes a message to the type of the handler's argument.
fn decoded(ty: &Type, kind: &str, name: &Ident, span: Span) -> Code {
    let place = types::ends(ty);
    let (decode, argument) = (runtime("decode", place), runtime("Argument", place));
    let (kind, name) = (Ident::new(kind, span), name.clone());
    code! {span=>
        #decode(#argument, __router::Message::#kind(#name))?
    }
}
