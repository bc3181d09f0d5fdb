//! The row of a socket's own path: shake hands, make the data, upgrade.

use super::{glue, inputs, place_of, returned, runtime};
use crate::{
    model::socket::{Admission, Socket},
    parse::attribute::condition,
};
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::LitStr;

/// Without a path there is no row.
pub(super) fn row(module: &str, socket: &Socket) -> Option<TokenStream> {
    let path = socket.path.as_ref()?;
    let here = path.literal.span();
    let span = glue(here);
    let pattern = LitStr::new(&path.pattern.to_string(), here);
    let name = LitStr::new(&format!("{module} (websocket)"), span);
    let function = function(socket, span);
    let row = quote_spanned!(span=> #pattern, #name, #function);
    let row = quote_spanned!(here=> __router::socket_route(#row));
    Some(quote_spanned!(span=> const __SOCKET: __router::Route<__Module> = #row;))
}

fn function(socket: &Socket, span: Span) -> TokenStream {
    let admissions = &socket.admissions;
    let Some(first) = admissions.first() else {
        let initial = initial(socket, span);
        return quote_spanned!(span=> |module, request| __router::connect(module, request, #initial));
    };
    let admitted = admissions.iter().map(admit);
    let default = default(socket, span);
    // The handshake comes first: a request that cannot become a socket is not admitted either.
    let body = quote_spanned! {span=>
        let upgrade: __router::Upgrade<__Module> =
            __router::extract(__router::Argument, &module, &mut request).await?;
        #(#admitted)*
        #default
        __router::Ok(__router::Upgrade::accept(upgrade, data))
    };
    // If anything in here isn't `Send`, it is what the handler does.
    inputs::later(first.handler.name.span(), &body)
}

/// `let data = …;` by a handler.
fn admit(admission: &Admission) -> TokenStream {
    let Admission { handler, inputs } = admission;
    let span = glue(handler.name.span());
    let (before, called) = inputs::waiting(handler, inputs);
    let (first, last) = returned(handler);
    let trait_ = runtime("Admission", (first, last));
    let data = quote_spanned!(span=> <__Module as __router::WebSocket>::Data);
    let admission = quote_spanned!(last=> #trait_::<#data>::into_data(#called)?);
    let cfgs = &handler.cfgs;
    let allowance = handler.allowance(span);
    quote_spanned! {span=>
        #(#cfgs)*
        #allowance
        let data = {
            #before
            #admission
        };
    }
}

/// `let data = …;` for when no handler is there to make it.
fn default(socket: &Socket, span: Span) -> Option<TokenStream> {
    let conditions = socket.admissions.iter().map(|admission| {
        let cfgs = admission.handler.cfgs.iter().filter_map(condition);
        quote_spanned!(span=> all(#(#cfgs),*))
    });
    let mut admissions = socket.admissions.iter();
    if admissions.any(|admission| admission.handler.cfgs.is_empty()) {
        return None;
    }
    let initial = initial(socket, span);
    Some(quote_spanned! {span=>
        #[cfg(not(any(#(#conditions),*)))]
        let data = #initial();
    })
}

/// The function that makes the data, where its type is written: it may have no first value.
fn initial(socket: &Socket, span: Span) -> TokenStream {
    let (first, last) = socket.data.as_ref().map_or((span, span), place_of);
    let trait_ = runtime("InitialData", (first, last));
    quote_spanned!(last=> #trait_::initial)
}
