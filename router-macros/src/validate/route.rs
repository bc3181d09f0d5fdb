//! Rules for one route.

use super::{input, path};
use crate::{
    diagnostics::{Diagnostics, listed, message, nearest},
    model::{
        route::{HttpMethod, Route},
        signature::Handler,
    },
    parse::{arguments, attribute::InnerAttribute},
    types,
};
use proc_macro2::Ident;
use router_pattern::Pattern;
use std::rc::Rc;
use syn::{Error, ext::IdentExt as _};

/// Checks a `#[route(…)]`, and returns its route.
///
/// If `handler` is `None`, the mistake in the method has been reported already, and only the
/// attribute is checked.
pub(super) fn check(
    attribute: &InnerAttribute,
    name: &Ident,
    handler: Option<&Rc<Handler>>,
    prefix: Option<&Pattern>,
    diagnostics: &mut Diagnostics,
) -> Option<Route> {
    let before = diagnostics.count();
    let arguments = diagnostics.keep(arguments::route(attribute, name))?;
    let method = diagnostics.keep(http_method(&arguments.method));
    let path = diagnostics.keep(path::resolve(prefix, &arguments.path))?;
    let handler = handler?;
    returns_what_it_owns(handler, diagnostics);
    let inputs = input::inputs(handler, &path, diagnostics);
    let method = method?;
    (diagnostics.count() == before).then(|| Route {
        method,
        path,
        handler: handler.clone(),
        inputs,
    })
}

/// A handler must return an owned value, because the response outlives the call.
///
/// It cannot return a future: only the future of an `async fn` is awaited.
pub(super) fn returns_what_it_owns(handler: &Handler, diagnostics: &mut Diagnostics) {
    let Some(output) = &handler.output else {
        return;
    };
    let name = handler.name.unraw();
    if types::mentions(output, "impl") && types::mentions(output, "Future") {
        let text = message(format!("handler `{name}` cannot return a future"));
        let help = format!("make it an `async fn {name}` that returns the output of the future");
        diagnostics.report(output, text.help(help));
    } else if types::borrows(output) {
        let text = message(format!("handler `{name}` cannot return a borrowed value"));
        let help = "return an owned value, such as a `String`, or a `'static` reference";
        diagnostics.report(output, text.help(help));
    }
}

/// Returns the request method that a word names.
///
/// The methods are a closed list, in lower case like everything else in an attribute.
fn http_method(word: &Ident) -> syn::Result<HttpMethod> {
    let name = word.to_string();
    let mut all = HttpMethod::ALL.into_iter();
    if let Some(method) = all.find(|method| method.names().0 == name) {
        return Ok(method);
    }
    let names = || HttpMethod::ALL.into_iter().map(|method| method.names().0);
    let text = message(format!("unknown request method `{name}`"))
        .did_you_mean(nearest(&name, names()))
        .note(format_args!("the methods are {}", listed(names())));
    Err(Error::new_spanned(word, text))
}
