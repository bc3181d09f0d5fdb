//! Rules for the signatures of all handlers.

use crate::{
    diagnostics::{Diagnostics, message},
    model::signature::{Argument, Handler, Receiver, ungrouped},
    parse::{
        attribute::{Inner, cfgs},
        impl_block::Method,
    },
    types::mentions,
};
use proc_macro2::Ident;
use std::slice;
use syn::{
    FnArg, GenericArgument, Pat, PatType, PathArguments, ReceiverKind, ReturnType, Safety,
    Signature, Type, ext::IdentExt as _,
};

/// Checks a method's signature, and returns its handler if the runtime can call it.
pub(super) fn handler(
    kind: Inner,
    method: &Method,
    diagnostics: &mut Diagnostics,
) -> Option<Handler> {
    let before = diagnostics.count();
    let signature = &method.signature;
    let receiver = receiver(signature, diagnostics);
    is_plain(signature, diagnostics);
    is_not_generic(signature, diagnostics);
    let mut arguments = Vec::new();
    for argument in &signature.inputs {
        if let FnArg::Typed(argument) = argument {
            let name = name(&argument.pat);
            if kind == Inner::On {
                is_unconditional(argument, diagnostics);
            }
            has_one_type(signature, argument, diagnostics);
            let pattern = name.is_none().then(|| (*argument.pat).clone());
            arguments.push(Argument {
                name,
                pattern,
                ty: (*argument.ty).clone(),
                cfgs: cfgs(&argument.attrs),
            });
        }
    }
    has_few_conditions(signature, &arguments, diagnostics);
    let receiver = receiver?;
    (diagnostics.count() == before).then(|| Handler {
        name: signature.ident.clone(),
        is_async: signature.asyncness.is_some(),
        receiver,
        arguments,
        output: match &signature.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some((**ty).clone()),
        },
        cfgs: cfgs(&method.attrs),
        is_deprecated: method
            .attrs
            .iter()
            .any(|attr| attr.path().is_ident("deprecated")),
    })
}

/// The module is shared by all requests and connections, so a handler takes `&self` or
/// `self: Arc<Self>`.
fn receiver(signature: &Signature, diagnostics: &mut Diagnostics) -> Option<Receiver> {
    let text = || {
        let name = signature.ident.unraw();
        message(format!("handler `{name}` must take `&self`"))
    };
    let Some(receiver) = signature.receiver() else {
        let text = text().help("write `&self` as the first argument");
        diagnostics.push(syn::Error::new(signature.paren_token.span.join(), text));
        return None;
    };
    match &receiver.kind {
        // A lifetime that the handler declares is refused elsewhere, as a generic parameter.
        ReceiverKind::Reference(_, lifetime, None)
            if lifetime.as_ref().is_none_or(|name| name.ident != "static") =>
        {
            Some(Receiver::Borrowed)
        }
        ReceiverKind::Typed(_, ty) if is_shared_self(ty) => Some(Receiver::Shared),
        _ => {
            let help = "write `&self`; to move the module into a task, write `self: Arc<Self>`";
            let note = "the module is shared by all requests and connections";
            diagnostics.report(receiver, text().help(help).note(note));
            None
        }
    }
}

/// Whether a type is `Arc<Self>`, by any path. The name is enough, because the compiler accepts no
/// other type named `Arc` as a receiver.
fn is_shared_self(ty: &Type) -> bool {
    let Type::Path(path) = ungrouped(ty) else {
        return false;
    };
    let last = path.path.segments.last().filter(|_| path.qself.is_none());
    let Some(PathArguments::AngleBracketed(arguments)) = last.map(|last| &last.arguments) else {
        return false;
    };
    let mut arguments = arguments.args.iter();
    let is_self = |argument: &GenericArgument| match argument {
        GenericArgument::Type(Type::Path(path)) => path.path.is_ident("Self"),
        _ => false,
    };
    last.is_some_and(|last| last.ident == "Arc")
        && arguments.next().is_some_and(is_self)
        && arguments.next().is_none()
}

/// Generated code calls handlers as safe Rust functions.
fn is_plain(signature: &Signature, diagnostics: &mut Diagnostics) {
    let name = signature.ident.unraw();
    if let Safety::Unsafe(token) = &signature.safety {
        let text = message(format!("handler `{name}` cannot be `unsafe`"));
        diagnostics.report(token, text.help("put an `unsafe` block into a safe method"));
    }
    if let Some(abi) = &signature.abi {
        let text = message(format!("handler `{name}` cannot be `extern`"));
        diagnostics.report(abi, text.help("remove `extern`"));
    }
    if let Some(variadic) = &signature.variadic {
        diagnostics.report(variadic, format!("handler `{name}` cannot be variadic"));
    }
}

/// A handler cannot be generic, because nothing determines its parameters.
fn is_not_generic(signature: &Signature, diagnostics: &mut Diagnostics) {
    let name = signature.ident.unraw();
    let generics = &signature.generics;
    if !generics.params.is_empty() {
        let text = message(format!("handler `{name}` cannot have generic parameters"));
        let help = "use concrete types, and leave lifetimes out";
        diagnostics.report(generics, text.help(help));
    }
    if let Some(clause) = &generics.where_clause {
        let text = message(format!("handler `{name}` cannot have a where clause"));
        let help = "remove the where clause: a handler has no generic parameters";
        diagnostics.report(clause, text.help(help));
    }
}

/// The name that is bound to the argument as a whole.
///
/// Generated code passes arguments by position, so an argument that needs no name may be `_` or a
/// pattern.
fn name(pat: &Pat) -> Option<Ident> {
    match pat {
        Pat::Ident(pat) => Some(pat.ident.clone()),
        _ => None,
    }
}

/// An event's values are passed in order: if an argument were configured away, the next argument
/// would get its value.
fn is_unconditional(argument: &PatType, diagnostics: &mut Diagnostics) {
    if let Some(cfg) = argument
        .attrs
        .iter()
        .find(|attr| !cfgs(slice::from_ref(attr)).is_empty())
    {
        let text = message("`#[cfg]` cannot be used on an argument of an event handler");
        let help = "write two methods, each with its own `#[cfg]`";
        diagnostics.report(cfg, text.help(help));
    }
}

/// Limits how many arguments can have a `#[cfg]`, because a call is generated for each combination.
fn has_few_conditions(
    signature: &Signature,
    arguments: &[Argument],
    diagnostics: &mut Diagnostics,
) {
    const MOST: usize = 4;
    let mut conditional = arguments
        .iter()
        .filter(|argument| !argument.cfgs.is_empty());
    if let Some(surplus) = conditional.nth(MOST) {
        let name = signature.ident.unraw();
        let text = message(format!(
            "handler `{name}` cannot have more than {MOST} arguments with `#[cfg]`"
        ));
        let help = "write two methods, each with its own `#[cfg]`";
        diagnostics.report(&surplus.ty, text.help(help));
    }
}

/// Like a generic parameter, `impl Trait` does not determine the type.
fn has_one_type(signature: &Signature, argument: &PatType, diagnostics: &mut Diagnostics) {
    if mentions(&argument.ty, "impl") {
        let name = signature.ident.unraw();
        let text = message(format!("handler `{name}` cannot take `impl Trait`"));
        diagnostics.report(&argument.ty, text.help("use a concrete type"));
    }
}
