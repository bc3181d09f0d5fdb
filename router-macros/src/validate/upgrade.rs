//! Rules for how sockets are opened: at the socket's own path, or by a route that takes an
//! `Upgrade`.

use crate::{
    diagnostics::{Diagnostics, message},
    model::{
        input::Input,
        route::{HttpMethod, Route, RoutePath},
        socket::EventHandler,
    },
    parse::attribute::Outer,
    types::mentions,
};
use quote::ToTokens as _;
use syn::{Error, ext::IdentExt as _};

/// Reports a route that takes an `Upgrade` and can never get one. Returns whether there is no such
/// mistake.
pub(super) fn can_get_its_upgrade(
    outer: Outer,
    route: &Route,
    socket: Option<&RoutePath>,
    diagnostics: &mut Diagnostics,
) -> bool {
    let before = diagnostics.count();
    if let Some(Input { ty, .. }) = route.inputs.iter().find(|input| input.is_an_upgrade()) {
        let name = route.handler.name.unraw();
        if outer == Outer::Routes && mentions(ty, "Self") {
            let text = message("`Upgrade<Self>` must be in a block with a socket");
            diagnostics.report(ty, text.help("mark the block with `#[websocket]`"));
        } else if route.method != HttpMethod::Get {
            let method = route.method.names().1;
            let path = route.path.literal.to_token_stream();
            let text = message(format!(
                "handler `{name}` cannot upgrade a {method} request"
            ))
            .help(format_args!("write `#[route(get, {path})]`"))
            .note("RFC 6455 §4.1: a handshake is a GET request");
            diagnostics.report(ty, text);
        } else if let Some(socket) = socket
            && socket.pattern.shape() == route.path.pattern.shape()
        {
            let text = message(format!("handler `{name}` cannot receive an upgrade"))
                .note("upgrade requests to this path go to the socket")
                .help("handle them in `#[on(upgrade)]`, or leave the block's `path` out");
            let mut error = Error::new_spanned(&route.path.literal, text);
            let note = "[note] the path of the socket";
            error.combine(Error::new_spanned(&socket.literal, note));
            diagnostics.push(error);
        }
    }
    diagnostics.count() == before
}

/// Reports a socket that cannot be opened, because its handlers would never be called.
pub(super) fn can_be_opened(
    has_path: bool,
    routes: &[Route],
    handlers: &[EventHandler],
    diagnostics: &mut Diagnostics,
) {
    let mut inputs = routes.iter().flat_map(|route| &route.inputs);
    if has_path || inputs.any(Input::may_be_an_upgrade) {
        return;
    }
    if let Some(first) = handlers.first() {
        let text = message(format!(
            "handler `{}` is never called: the block has no way to open a socket",
            first.handler.name.unraw()
        ))
        .help(r#"write `#[websocket(path = "/…")]`, or take `Upgrade<Self>` in a route"#);
        diagnostics.report(&first.handler.name, text);
    }
}
