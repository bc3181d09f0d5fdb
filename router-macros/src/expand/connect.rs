//! The row of a socket's own path: shake hands, make the data, upgrade.

use super::{glue, inputs, of_output, table};
use crate::{
    model::socket::{Admission, Socket},
    parse::attribute::condition,
    paths::{CrateRoot, Runtime},
};
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{LitStr, Type, spanned::Spanned as _};

/// Without a path there is no row.
pub(super) fn row(root: &CrateRoot, module: &str, socket: &Socket) -> Option<TokenStream> {
    let Socket {
        path,
        data,
        admissions,
        settings: _,
        handlers: _,
    } = socket;
    let path = path.as_ref()?;
    let here = path.literal.span();
    let span = glue(here);
    let Runtime {
        err,
        into_response,
        ok,
        upgrade,
        ..
    } = root.at(span);
    let pattern = LitStr::new(&path.pattern.to_string(), here);
    let name = format!("{module} (websocket)");
    let admitted = admissions.iter().map(|admission| admit(root, admission));
    let default = default(root, data.as_ref(), admissions, span);
    // The handshake comes first: a request that cannot become a socket is not admitted either.
    let shaken = inputs::extracted(root, quote_spanned!(span=> #upgrade<Self>), span);
    let answer = quote_spanned! {span=>
        let upgrade = match #shaken {
            #ok(upgrade) => upgrade,
            #err(error) => return #into_response::into_response(error),
        };
        #(#admitted)*
        #default
        #upgrade::accept(upgrade, data)
    };
    let request = quote_spanned!(span=> mut request);
    // If anything in here isn't `Send`, it is what the handler does.
    let handler = admissions.first().map(|first| first.handler.name.span());
    let run = table::future(root, handler.unwrap_or(here), &request, &answer);
    let Runtime { route, .. } = root.at(here);
    let row = quote_spanned!(span=> #pattern, #name, #run);
    Some(quote_spanned!(here=> #route::socket(#row)))
}

/// `let data = …;` by a handler.
fn admit(root: &CrateRoot, admission: &Admission) -> TokenStream {
    let Admission { handler, inputs } = admission;
    let span = glue(handler.name.span());
    let Runtime {
        admission,
        err,
        ok,
        web_socket,
        ..
    } = root.at(span);
    let call = inputs::call(root, handler, inputs, false);
    let (statements, expression) = (&call.statements, &call.expression);
    let trait_ = quote_spanned!(span=> #admission::<<Self as #web_socket>::Data>);
    let admission = of_output(handler.output.as_ref(), trait_);
    let cfgs = &handler.cfgs;
    let allowance = handler.allowance(span);
    quote_spanned! {span=>
        #(#cfgs)*
        #allowance
        let data = {
            #statements
            let output = #expression;
            match #admission::into_data(output) {
                #ok(data) => data,
                #err(response) => return response,
            }
        };
    }
}

/// `let data = …;` for when no handler is there to make it.
fn default(
    root: &CrateRoot,
    data: Option<&Type>,
    admissions: &[Admission],
    span: Span,
) -> Option<TokenStream> {
    let conditions = admissions.iter().map(|admission| {
        let cfgs = admission.handler.cfgs.iter().filter_map(condition);
        quote_spanned!(span=> all(#(#cfgs),*))
    });
    let cfg = match admissions {
        [] => None,
        admissions if admissions.iter().any(|a| a.handler.cfgs.is_empty()) => return None,
        _ => Some(quote_spanned!(span=> #[cfg(not(any(#(#conditions),*)))])),
    };
    let value = match data {
        None => quote_spanned!(span=> ()),
        Some(ty) => {
            let span = glue(ty.span());
            let Runtime { initial_data, .. } = root.at(span);
            quote_spanned!(span=> <#ty as #initial_data>::initial())
        }
    };
    Some(quote_spanned!(span=> #cfg let data = #value;))
}
