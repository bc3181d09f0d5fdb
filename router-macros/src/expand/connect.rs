//! The row of a socket's own path in the table of routes. Its function performs the handshake,
//! creates the data and upgrades.

use super::{
    inputs, row,
    site::{HandlerSite, hygienic_at, runtime},
};
use crate::{
    code::{Code, code, comma_separated, text},
    model::socket::{Admission, Socket},
    parse::attribute::condition,
    types,
};
use proc_macro2::Span;

/// The row, if the socket has a path.
pub(super) fn row(module: &str, socket: &Socket) -> Option<Code> {
    let path = socket.path.as_ref()?;
    let here = path.literal.span();
    let span = hygienic_at(here);
    let path = row::path("WebSocket", path, span);
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
    // The handshake comes first: a request that cannot be upgraded does not reach the handler.
    let body = code! {span=>
        let upgrade: __router::Upgrade<__Module> =
            __router::extract(__router::Argument, &module, &mut request).await?;
        #admitted
        #default
        __router::Ok(__router::Upgrade::accept(upgrade, data))
    };
    // Only the handler can keep this future from being `Send`, so the error is reported at the
    // handler.
    inputs::future(first.handler.name.span(), span, body)
}

/// `let data = …;` with the value from a handler.
fn admit(admission: &Admission) -> Code {
    let Admission { handler, inputs } = admission;
    let site = HandlerSite::of(handler);
    let span = site.span;
    let (before, called) = inputs::waiting(site, inputs);
    let trait_ = runtime("Admission", site.returned);
    let data = code!(span=> <__Module as __router::WebSocket>::Data);
    let admission = code!(site.returned.1=> #trait_::<#data>::into_data(#called)?);
    let cfgs = site.cfgs();
    let allowance = site.allowance();
    code! {span=>
        #cfgs
        #allowance
        let data = {
            #before
            #admission
        };
    }
}

/// `let data = …;` with the initial value, for the case that every handler is configured away.
fn default(socket: &Socket, span: Span) -> Option<Code> {
    let conditions = socket.admissions.iter().map(|admission| {
        let cfgs = admission.handler.cfgs.iter().filter_map(condition);
        let cfgs = comma_separated(cfgs, span);
        code!(span=> all(#cfgs))
    });
    let mut admissions = socket.admissions.iter();
    if admissions.any(|admission| admission.handler.cfgs.is_empty()) {
        return None;
    }
    let conditions = comma_separated(conditions, span);
    let initial = initial(socket, span);
    Some(code! {span=>
        #[cfg(not(any(#conditions)))]
        let data = #initial();
    })
}

/// The function that creates the initial data.
///
/// It is located at the type of the data, so that the error about a type without an initial value
/// is reported there.
fn initial(socket: &Socket, span: Span) -> Code {
    let (first, last) = socket.data.as_ref().map_or((span, span), types::ends);
    let trait_ = runtime("InitialData", (first, last));
    code!(last=> #trait_::initial)
}
