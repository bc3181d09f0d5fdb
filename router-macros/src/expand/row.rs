//! One row of the table of routes.

use super::{inputs, site::HandlerSite};
use crate::{
    code::{Code, code, text},
    model::route::{Route, RoutePath},
};
use proc_macro2::{Ident, Literal, Span};
use syn::ext::IdentExt as _;

/// The row of a route.
pub(super) fn of_route(
    module: &str,
    route: &Route,
    site: HandlerSite<'_>,
    constant: Ident,
) -> Code {
    let Route {
        method,
        path,
        handler,
        inputs,
    } = route;
    let (here, span) = (site.here(), site.span);
    let (function, method) = method.names();
    let function = Ident::new(function, here);
    let path = self::path(method, path, span);
    let name = text(&format!("{module}::{}", handler.name.unraw()), span);
    let run = inputs::function(site, inputs);
    let cfgs = site.cfgs();
    let allowance = site.allowance();
    let row = code!(span=> #path, #name, #run);
    // This call has the user's span. Messages name the location of the call as the location of the
    // row, so it must be the handler's.
    let row = code!(here=> __router::#function(#row));
    code! {span=>
        #cfgs
        #allowance
        const #constant: __Row = #row;
    }
}

/// The pattern of a row, and the fingerprint by which the routes of two modules are compared.
pub(super) fn path(kind: &str, path: &RoutePath, span: Span) -> Code {
    let pattern = path.pattern.to_string();
    let mut fingerprint = Literal::u64_unsuffixed(router_pattern::fingerprint(kind, &pattern));
    fingerprint.set_span(span);
    let pattern = text(&pattern, path.literal.span());
    code!(span=> #pattern, #fingerprint)
}
