//! `impl Module`: the table of routes.

use super::{connect, glue, inputs, of_output};
use crate::{
    model::{Module, route::Route},
    paths::{CrateRoot, Runtime},
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::{LitStr, ext::IdentExt as _};

pub(super) fn implementation(root: &CrateRoot, module: &Module) -> TokenStream {
    let Module {
        self_ty,
        impl_token,
        name,
        routes,
        socket,
    } = module;
    let span = glue(impl_token.span);
    let Runtime {
        option,
        options,
        route,
        some,
        web_socket,
        ..
    } = root.at(span);
    let rows = routes.iter().map(|route| row(root, name, route));
    let socket_row = socket
        .as_ref()
        .and_then(|socket| connect::row(root, name, socket));
    let rows = rows.chain(socket_row);
    let socket = socket.as_ref().map(|_| {
        quote_spanned! {span=>
            const SOCKET: #option<#options> = #some(<Self as #web_socket>::OPTIONS);
        }
    });
    let constants = quote_spanned! {span=>
        const ROUTES: &'static [#route<Self>] = &[#(#rows),*];
        #socket
    };
    // With the user's span: a second block for the same type is reported at its header.
    let Runtime { module, .. } = root.at(impl_token.span);
    quote_spanned!(impl_token.span=> impl #module for #self_ty { #constants })
}

/// The row of a handler.
fn row(root: &CrateRoot, module: &str, route: &Route) -> TokenStream {
    let Route {
        method,
        path,
        handler,
        inputs,
    } = route;
    let here = handler.name.span();
    let span = glue(here);
    let Runtime {
        answered,
        into_response,
        method: methods,
        ..
    } = root.at(span);
    let method = Ident::new(method.names().1, span);
    let pattern = LitStr::new(&path.pattern.to_string(), path.literal.span());
    let name = format!("{module}::{}", handler.name.unraw());

    let at_hand = inputs::are_at_hand(handler, inputs);
    let call = inputs::call(root, handler, inputs, at_hand);
    let (statements, expression) = (&call.statements, &call.expression);
    let trait_ = quote_spanned!(span=> #into_response);
    let into_response = of_output(handler.output.as_ref(), trait_);
    let allowance = handler.allowance(span);
    let output = quote_spanned! {span=>
        #statements
        #allowance
        let output = #expression;
    };
    let answer = quote_spanned!(span=> #into_response::into_response(output));
    let run = if at_hand {
        let answer = quote_spanned!(span=> #output #answered(#answer));
        function(span, &call.request, &answer)
    } else {
        future(
            root,
            here,
            &call.request,
            &quote_spanned!(span=> #output #answer),
        )
    };
    let cfgs = &handler.cfgs;
    // With the user's span alone: the row's place, which messages name, is the handler's.
    let Runtime { route, .. } = root.at(here);
    let row = quote_spanned!(span=> #methods::#method, #pattern, #name, #run);
    let row = quote_spanned!(here=> #route::new(#row));
    quote_spanned!(span=> #(#cfgs)* #row)
}

/// The function that a row calls, where it has to wait.
///
/// The boxed future has the user's span alone: if it isn't `Send`, that is said at the handler.
pub(super) fn future(
    root: &CrateRoot,
    here: Span,
    request: &TokenStream,
    answer: &TokenStream,
) -> TokenStream {
    let Runtime { boxed, .. } = root.at(here);
    let future = quote_spanned!(here=> #boxed::pin(async move { #answer }));
    function(glue(here), request, &future)
}

/// What its arguments are, the compiler knows from where it stands.
fn function(span: Span, request: &TokenStream, body: &TokenStream) -> TokenStream {
    quote_spanned!(span=> |module, #request| { #body })
}
