//! `impl Module`: the table of routes.
//!
//! Each row is a separate constant, and all of its tokens are located at its handler. When a line
//! of a handler is edited, the compiler therefore checks that handler's row again, and not all rows
//! after it.

use super::{
    connect, row,
    site::{HandlerSite, hygienic_at},
};
use crate::{
    code::{Code, code, text},
    model::Module,
};
use quote::format_ident;

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
        rows.add(row::of_route(name, route, site, constant(site.span)));
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
    // The `impl` has the user's span, so that a second block for the same type is reported at the
    // header of that block.
    let trait_ = code!(span=> __router::Module);
    let implementation = code!(impl_token.span=> impl #trait_ for #self_ty { #constants });
    code!(span=> #rows #implementation)
}
