//! Rules for the arguments of routes, and of `#[on(upgrade)]`.

use crate::{
    diagnostics::{DiagnosticText, Diagnostics, message, nearest},
    model::{
        input::{Input, Source, is_extractor},
        route::RoutePath,
        signature::{Argument, Handler, last_word, ungrouped},
    },
    tokens::{mentions, shown},
};
use proc_macro2::Ident;
use quote::ToTokens as _;
use syn::{Type, TypeReference, ext::IdentExt as _};

/// Determines the source of each argument, by its name and the form of its type.
pub(super) fn inputs(
    handler: &Handler,
    path: &RoutePath,
    diagnostics: &mut Diagnostics,
) -> Vec<Input> {
    parameters_are_taken(path, handler, diagnostics);
    let argument = |argument: &Argument| {
        let name = argument.plain_name();
        let parameter = path
            .pattern
            .parameters()
            .position(|parameter| Some(parameter) == name.as_deref());
        let source = match (name, parameter, ungrouped(&argument.ty)) {
            (Some(name), Some(index), ty) => {
                parameter_is_owned(&name, ty, diagnostics);
                Source::Parameter { index, name }
            }
            (_, _, Type::Reference(reference)) => {
                lent_is_shared(reference, diagnostics);
                Source::Lent
            }
            _ => Source::Extractor,
        };
        Input {
            ty: argument.ty.clone(),
            source,
        }
    };
    handler.arguments.iter().map(argument).collect()
}

/// A parameter without an argument is a mistake, unless its name starts with `_`.
fn parameters_are_taken(path: &RoutePath, handler: &Handler, diagnostics: &mut Diagnostics) {
    let arguments: Vec<String> = handler
        .arguments
        .iter()
        .filter_map(Argument::plain_name)
        .collect();
    let is_taken = |parameter: &str| arguments.iter().any(|argument| argument == parameter);
    let method = handler.name.unraw();
    for parameter in path.pattern.parameters() {
        if parameter.starts_with('_') || is_taken(parameter) {
            continue;
        }
        // An argument that matches another parameter is not a misspelling of this one.
        let parameters: Vec<&str> = path.pattern.parameters().collect();
        let free = arguments.iter().map(String::as_str);
        let near = nearest(parameter, free.filter(|free| !parameters.contains(free)));
        let text = message(format!("parameter `{parameter}` has no matching argument"));
        let text = match (near, pattern_with(parameter, handler)) {
            (_, Some(argument)) => taken_apart(text, parameter, argument),
            (Some(near), None) => text.help(format_args!(
                "`{method}` has an argument `{near}`: use the same name for the parameter and the argument"
            )),
            (None, None) => text.help(format_args!(
                "add an argument `{}: String` to `{method}`, or rename the parameter to `_{parameter}`",
                argument_name(parameter)
            )),
        };
        let text = if path.is_of_prefix(parameter) {
            text.note("the parameter is part of the block's `prefix`")
        } else {
            text
        };
        diagnostics.report(&path.literal, text);
    }
}

/// The argument whose pattern contains a parameter's name.
fn pattern_with<'h>(parameter: &str, handler: &'h Handler) -> Option<&'h Argument> {
    handler.arguments.iter().find(|argument| {
        let pattern = argument.pattern.as_ref();
        pattern
            .is_some_and(|pattern| mentions(pattern.to_token_stream(), &argument_name(parameter)))
    })
}

fn taken_apart(text: DiagnosticText, parameter: &str, argument: &Argument) -> DiagnosticText {
    let name = argument_name(parameter);
    let text = if is_extractor(&argument.ty) {
        text.help(format_args!(
            "add an argument `{name}: String` and use another name in the pattern, or rename the \
             parameter to `_{parameter}`"
        ))
    } else {
        let ty = shown(argument.ty.to_token_stream());
        text.help(format_args!(
            "write `{name}: {ty}`, and destructure it in the body"
        ))
    };
    let pattern = shown(argument.pattern.to_token_stream());
    text.note(format_args!(
        "`{name}` in the pattern `{pattern}` binds only part of an argument; a path parameter must be \
         a whole argument"
    ))
}

/// A parameter's name as the name of an argument: `r#type` for `type`.
pub(super) fn argument_name(parameter: &str) -> String {
    match syn::parse_str::<Ident>(parameter) {
        Ok(_) => parameter.to_owned(),
        Err(_) => format!("r#{parameter}"),
    }
}

/// Parameters are decoded and parsed for the handler, so there is nothing to borrow them from.
fn parameter_is_owned(name: &str, ty: &Type, diagnostics: &mut Diagnostics) {
    if let Type::Reference(reference) = ty {
        let owned = match shown(reference.elem.to_token_stream()) {
            text if text == "str" => "String".to_owned(),
            text => text,
        };
        let text = message(format!("path parameter `{name}` cannot be a reference"));
        diagnostics.report(reference, text.help(format_args!("use `{owned}`")));
    }
}

/// References are lent from the head of the request for as long as the handler runs.
///
/// The compiler reports undeclared lifetimes, and declared lifetimes have been refused already.
fn lent_is_shared(reference: &TypeReference, diagnostics: &mut Diagnostics) {
    let is_static = reference.lifetime.as_ref().filter(|l| l.ident == "static");
    if last_word(&reference.elem).is_some_and(|word| word == "Socket") {
        let text = message("a route cannot take a `Socket`: the request has not been upgraded yet")
            .help("take `Upgrade<Self>` and accept it, or handle an event with `#[on(…)]`");
        diagnostics.report(reference, text);
    } else if let Some(mutability) = &reference.mutability {
        let text = message("an argument borrowed from the request cannot be `mut`");
        diagnostics.report(
            mutability,
            text.help("take `&T`, or an owned value that can be changed, such as `HeaderMap`"),
        );
    } else if let Some(lifetime) = is_static {
        let text = message(format!(
            "an argument borrowed from the request cannot be `{lifetime}`"
        ));
        diagnostics.report(lifetime, text.help("leave the lifetime out"));
    }
}
