//! The row of a socket's own path: shake hands, make the data, upgrade.

use super::{Site, glue, inputs, runtime, table};
use crate::{
    code::{Code, Written, code, text},
    model::socket::{Admission, Socket},
    parse::attribute::condition,
    types,
};
use proc_macro2::Span;
use quote::quote_spanned;

/// Without a path there is no row.
pub(super) fn row(module: &str, socket: &Socket) -> Option<Code> {
    let path = socket.path.as_ref()?;
    let here = path.literal.span();
    let span = glue(here);
    let path = table::path("WebSocket", path, span);
    let name = text(&format!("{module} (websocket)"), span);
    let function = function(socket, span);
    let row = code!(span=> #path, #name, #function);
    let row = code!(here=> __router::socket(#row));
    Some(code!(span=> const __SOCKET: __Row = #row;))
}

fn function(socket: &Socket, span: Span) -> Code {
    let admissions = &socket.admissions;
    let Some(first) = admissions.first() else {
        let initial = initial(socket, span);
        return code!(span=> |module, request| __router::connect(module, request, #initial));
    };
    let admitted: Vec<Code> = admissions.iter().map(admit).collect();
    let default = default(socket, span);
    // The handshake comes first: a request that cannot become a socket is not admitted either.
    let body = code! {span=>
        let upgrade: __router::Upgrade<__Module> =
            __router::extract(__router::Argument, &module, &mut request).await?;
        #admitted
        #default
        __router::Ok(__router::Upgrade::accept(upgrade, data))
    };
    // If anything in here isn't `Send`, it is what the handler does.
    inputs::later(first.handler.name.span(), span, body)
}

/// `let data = …;` by a handler.
fn admit(admission: &Admission) -> Code {
    let Admission { handler, inputs } = admission;
    let site = Site::of(handler);
    let span = site.span;
    let (before, called) = inputs::waiting(site, inputs);
    let trait_ = runtime("Admission", site.returned);
    let data = code!(span=> <__Module as __router::WebSocket>::Data);
    let admission = code!(site.returned.1=> #trait_::<#data>::into_data(#called)?);
    let cfgs = site.cfgs();
    let allowance = handler.allowance(span).map(Written);
    code! {span=>
        #cfgs
        #allowance
        let data = {
            #before
            #admission
        };
    }
}

/// `let data = …;` for when no handler is there to make it.
fn default(socket: &Socket, span: Span) -> Option<Code> {
    let conditions = socket.admissions.iter().map(|admission| {
        let cfgs = admission.handler.cfgs.iter().filter_map(condition);
        quote_spanned!(span=> all(#(#cfgs),*))
    });
    let mut admissions = socket.admissions.iter();
    if admissions.any(|admission| admission.handler.cfgs.is_empty()) {
        return None;
    }
    let cfg = Written(quote_spanned!(span=> #[cfg(not(any(#(#conditions),*)))]));
    let initial = initial(socket, span);
    Some(code!(span=> #cfg let data = #initial();))
}

/// The function that makes the data, where its type is written: it may have no first value.
fn initial(socket: &Socket, span: Span) -> Code {
    let (first, last) = socket.data.as_ref().map_or((span, span), types::ends);
    let trait_ = runtime("InitialData", (first, last));
    code!(last=> #trait_::initial)
}
