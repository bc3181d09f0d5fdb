//! `impl Module`: the table of routes.
//!
//! Each row is a constant of its own, all of whose tokens stand at its handler: when a line of a
//! handler is edited, the compiler looks at that handler's row again, and not at all that follow.

use super::{connect, glue, inputs};
use crate::model::{Module, route::Route};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::{LitStr, ext::IdentExt as _};

pub(super) fn implementation(module: &Module) -> TokenStream {
    let Module {
        self_ty,
        impl_token,
        name,
        routes,
        socket,
    } = module;
    let span = glue(impl_token.span);
    let mut rows = TokenStream::new();
    let mut names = TokenStream::new();
    for (index, route) in routes.iter().enumerate() {
        let cfgs = &route.handler.cfgs;
        let constant = |span| format_ident!("__ROUTE_{}", index, span = span);
        rows.extend(row(name, route, &constant(glue(route.handler.name.span()))));
        let constant = constant(span);
        names.extend(quote_spanned!(span=> #(#cfgs)* #constant,));
    }
    let socket = socket.as_ref().map(|socket| {
        if let Some(row) = connect::row(name, socket) {
            rows.extend(row);
            names.extend(quote_spanned!(span=> __SOCKET));
        }
        quote_spanned! {span=>
            const SOCKET: __router::Option<__router::Options> =
                __router::Some(<Self as __router::WebSocket>::OPTIONS);
        }
    });
    let constants = quote_spanned! {span=>
        const ROUTES: &'static [__router::Route<Self>] = &[#names];
        #socket
    };
    // With the user's span: a second block for the same type is reported at its header.
    let trait_ = quote_spanned!(span=> __router::Module);
    let implementation = quote_spanned!(impl_token.span=> impl #trait_ for #self_ty { #constants });
    // A new line moves the places in the rows, but not the fingerprints. Asked for here, the
    // compiler knows that before it comes to the app, and doesn't compare its modules again.
    quote_spanned!(span=> #rows #implementation const _: () = __router::fingerprints::<__Module>();)
}

/// The row of a handler.
fn row(module: &str, route: &Route, constant: &Ident) -> TokenStream {
    let Route {
        method,
        path,
        handler,
        inputs,
    } = route;
    let here = handler.name.span();
    let span = glue(here);
    let method = Ident::new(method.names().1, span);
    let pattern = LitStr::new(&path.pattern.to_string(), path.literal.span());
    let name = LitStr::new(&format!("{module}::{}", handler.name.unraw()), span);
    let function = inputs::function(handler, inputs);
    let cfgs = &handler.cfgs;
    let allowance = handler.allowance(span);
    let row = quote_spanned!(span=> __router::Method::#method, #pattern, #name, #function);
    // With the user's span alone: the row's place, which messages name, is the handler's.
    let row = quote_spanned!(here=> __router::route(#row));
    quote_spanned! {span=>
        #(#cfgs)*
        #allowance
        const #constant: __router::Route<__Module> = #row;
    }
}
