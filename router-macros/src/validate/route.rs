//! Rules for one route.

use super::{input, path};
use crate::{
    diagnostics::{Diagnostics, listed, message, nearest},
    model::{
        route::{HttpMethod, Route},
        signature::Handler,
    },
    parse::{arguments, attribute::InnerAttribute},
};
use proc_macro2::Ident;
use syn::{Error, LitStr};

/// The route that an attribute makes of a handler. Without a handler, which is reported already,
/// what the attribute says is checked all the same.
pub(super) fn check(
    attribute: &InnerAttribute,
    name: &Ident,
    handler: Option<&Handler>,
    prefix: Option<&LitStr>,
    diagnostics: &mut Diagnostics,
) -> Option<Route> {
    let arguments = diagnostics.keep(arguments::route(attribute, name))?;
    let method = diagnostics.keep(http_method(&arguments.method));
    let path = diagnostics.keep(path::resolve(prefix, &arguments.path))?;
    let handler = handler?;
    let inputs = input::inputs(handler, &path, diagnostics);
    Some(Route {
        method: method?,
        path,
        handler: handler.clone(),
        inputs,
    })
}

/// Methods are a closed list, in lower case like everything else in an attribute.
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
