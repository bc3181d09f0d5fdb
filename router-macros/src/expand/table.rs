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
        into_response,
        method: methods,
        route,
        ..
    } = root.at(span);
    let method = Ident::new(method.names().1, span);
    let pattern = LitStr::new(&path.pattern.to_string(), path.literal.span());
    let name = format!("{module}::{}", handler.name.unraw());

    let call = inputs::call(root, handler, inputs);
    let (statements, expression) = (&call.statements, &call.expression);
    let trait_ = quote_spanned!(span=> #into_response);
    let into_response = of_output(handler.output.as_ref(), trait_);
    let allowance = handler.allowance(span);
    let answer = quote_spanned! {span=>
        #statements
        #allowance
        let output = #expression;
        #into_response::into_response(output)
    };
    let run = run(root, here, &call.request, &answer);
    let place = place(here);
    let cfgs = &handler.cfgs;
    quote_spanned! {span=>
        #(#cfgs)*
        #route::new(#methods::#method, #pattern, #name, #run).at(#place)
    }
}

/// The function that a row calls.
///
/// The boxed future has the user's span alone: if it isn't `Send`, that is said at the handler.
pub(super) fn run(
    root: &CrateRoot,
    here: Span,
    request: &TokenStream,
    answer: &TokenStream,
) -> TokenStream {
    let span = glue(here);
    let Runtime { boxed, .. } = root.at(here);
    let future = quote_spanned!(here=> #boxed::pin(async move { #answer }));
    let Runtime {
        arc,
        request: request_ty,
        response_future,
        ..
    } = root.at(span);
    quote_spanned! {span=>
        |module: #arc<Self>, #request: #request_ty| -> #response_future { #future }
    }
}

/// File and line, which are those of the outermost expansion unless the span is the user's alone.
pub(super) fn place(here: Span) -> TokenStream {
    quote_spanned!(here=> ::core::file!(), ::core::line!())
}
