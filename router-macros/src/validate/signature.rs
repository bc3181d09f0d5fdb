//! Rules for the signature of any handler, whatever it handles.

use crate::{
    diagnostics::{Diagnostics, message},
    model::signature::{Argument, Handler},
    parse::{
        attribute::{Inner, cfgs},
        impl_block::Method,
    },
    tokens::mentions,
};
use proc_macro2::Ident;
use quote::ToTokens as _;
use syn::{
    FnArg, Pat, PatIdent, PatType, ReceiverKind, ReturnType, Safety, Signature, ext::IdentExt as _,
};

/// The handler that a method is, if the runtime can call it.
pub(super) fn handler(
    kind: Inner,
    method: &Method,
    diagnostics: &mut Diagnostics,
) -> Option<Handler> {
    let before = diagnostics.count();
    let signature = &method.signature;
    takes_shared_self(signature, diagnostics);
    is_plain(signature, diagnostics);
    is_not_generic(signature, diagnostics);
    let mut arguments = Vec::new();
    for argument in &signature.inputs {
        if let FnArg::Typed(argument) = argument {
            let name = named(kind, argument, diagnostics);
            is_unconditional(argument, diagnostics);
            has_one_type(signature, argument, diagnostics);
            arguments.push(Argument {
                name,
                ty: (*argument.ty).clone(),
            });
        }
    }
    (diagnostics.count() == before).then(|| Handler {
        name: signature.ident.clone(),
        is_async: signature.asyncness.is_some(),
        arguments,
        output: match &signature.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some((**ty).clone()),
        },
        cfgs: cfgs(&method.attrs),
    })
}

/// The module is shared by all requests and connections.
fn takes_shared_self(signature: &Signature, diagnostics: &mut Diagnostics) {
    let text = || {
        let name = signature.ident.unraw();
        message(format!("handler `{name}` must take `&self`"))
    };
    match signature.receiver() {
        None => diagnostics.push(syn::Error::new(signature.paren_token.span.join(), text())),
        Some(receiver) => match &receiver.kind {
            // A lifetime of the handler's own is refused as what it is: a generic parameter.
            ReceiverKind::Reference(_, lifetime, None)
                if lifetime.as_ref().is_none_or(|name| name.ident != "static") => {}
            _ => {
                let note = "the module is shared by all requests and connections";
                diagnostics.report(receiver, text().note(note));
            }
        },
    }
}

/// Generated code calls handlers as safe Rust functions.
fn is_plain(signature: &Signature, diagnostics: &mut Diagnostics) {
    let name = signature.ident.unraw();
    if let Safety::Unsafe(token) = &signature.safety {
        diagnostics.report(token, format!("handler `{name}` cannot be `unsafe`"));
    }
    if let Some(abi) = &signature.abi {
        diagnostics.report(abi, format!("handler `{name}` cannot be `extern`"));
    }
    if let Some(variadic) = &signature.variadic {
        diagnostics.report(variadic, format!("handler `{name}` cannot be variadic"));
    }
}

/// Nobody would say what the parameters are.
fn is_not_generic(signature: &Signature, diagnostics: &mut Diagnostics) {
    let name = signature.ident.unraw();
    let generics = &signature.generics;
    if !generics.params.is_empty() {
        let text = format!("handler `{name}` cannot have generic parameters");
        diagnostics.report(generics, text);
    }
    if let Some(clause) = &generics.where_clause {
        diagnostics.report(
            clause,
            format!("handler `{name}` cannot have a where clause"),
        );
    }
}

/// The names of a route's arguments say where they come from; an event's come in order, so that
/// `_` is a name as well.
fn named(kind: Inner, argument: &PatType, diagnostics: &mut Diagnostics) -> Option<Ident> {
    match &*argument.pat {
        Pat::Ident(PatIdent {
            by_ref: None,
            subpat: None,
            ident,
            ..
        }) => return Some(ident.clone()),
        Pat::Wild(_) if kind == Inner::On => {}
        pat => {
            let text = message("arguments of a handler must be names");
            let help = "take patterns apart in the body; an argument that isn't used is `_name`";
            diagnostics.report(pat, text.help(help));
        }
    }
    None
}

/// All that is generated for a method is conditional on the whole method.
fn is_unconditional(argument: &PatType, diagnostics: &mut Diagnostics) {
    for cfg in cfgs(&argument.attrs) {
        let text = message("`#[cfg]` cannot be used on an argument of a handler");
        diagnostics.report(
            cfg,
            text.help("write the method twice, each with its `#[cfg]`"),
        );
    }
}

/// Like a generic parameter, `impl Trait` leaves open what the type is.
fn has_one_type(signature: &Signature, argument: &PatType, diagnostics: &mut Diagnostics) {
    if mentions(argument.ty.to_token_stream(), "impl") {
        let name = signature.ident.unraw();
        let text = format!("handler `{name}` cannot take `impl Trait`");
        diagnostics.report(&argument.ty, text);
    }
}
