//! `impl Module`: the table of routes.
//!
//! Each row is a separate constant, and all of its tokens are located at its handler. When a line
//! of a handler is edited, the compiler therefore checks that handler's row again, and not all rows
//! after it.

use super::{HandlerSite, connect, hygienic_at, inputs};
use crate::{
    code::{Code, Quoted, code, text},
    model::{
        Module, pattern,
        route::{Route, RoutePath},
    },
};
use proc_macro2::{Ident, Literal, Span};
use quote::format_ident;
use syn::ext::IdentExt as _;

pub(super) fn implementation(module: &Module) -> Code {
    let Module {
        self_ty,
        impl_token,
        name,
        routes,
        socket,
        unread,
    } = module;
    let span = hygienic_at(impl_token.span);
    let mut rows = Code::at(span);
    let mut names = Code::at(span);
    for (index, route) in routes.iter().enumerate() {
        let site = HandlerSite::of(&route.handler);
        let constant = |span| format_ident!("__ROUTE_{}", index, span = span);
        rows.add(row(name, route, site, constant(site.span)));
        let (cfgs, constant) = (site.cfgs(), constant(span));
        names.add(code!(span=> #cfgs #constant,));
    }
    let socket = socket.as_ref().map(|socket| {
        if let Some(row) = connect::row(name, socket) {
            rows.add(row);
            names.add(code!(span=> __SOCKET,));
        }
        code! {span=>
            const SOCKET: __router::Option<__router::Options> =
                __router::Some(<Self as __router::WebSocket>::OPTIONS);
        }
    });
    // The compiler has already rejected these methods, unless it accepts syntax that syn does not.
    for error in unread {
        let here = error.span();
        let why = text(&error.to_string(), here);
        let name = text(&format!("{name} (a method that cannot be read)"), here);
        names.add(code!(here=> __router::unread(#name, #why),));
    }
    let constants = code! {span=>
        const ROUTES: &'static [__Row] = &[#names];
        #socket
    };
    // This has the user's span: a second block for the same type is reported at its header.
    let (trait_, self_ty) = (code!(span=> __router::Module), Quoted(self_ty));
    let implementation = code!(impl_token.span=> impl #trait_ for #self_ty { #constants });
    code!(span=> #rows #implementation)
}

/// The row of a route.
fn row(module: &str, route: &Route, site: HandlerSite<'_>, constant: Ident) -> Code {
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
    let allowance = handler.allowance(span).map(Quoted);
    let row = code!(span=> #path, #name, #run);
    // This has only the user's span: messages name the location of the row, which is then the
    // handler's.
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
    let mut fingerprint = Literal::u64_unsuffixed(pattern::fingerprint(kind, &pattern));
    fingerprint.set_span(span);
    let pattern = text(&pattern, path.literal.span());
    code!(span=> #pattern, #fingerprint)
}
