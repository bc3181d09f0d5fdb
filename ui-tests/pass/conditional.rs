//! What is generated for a method is conditional on the same as the method.

#![deny(warnings)]

use router::{Event, Module, WebSocket, prelude::*};

struct Without(String);

struct Chat;

#[websocket(path = "/{_room}", data = Without)]
impl Chat {
    #[cfg(any())]
    #[route(get, "/pages")]
    fn absent(&self, page: Missing) -> Missing {
        page.missing()
    }

    #[cfg(all())]
    #[route(get, "/pages")]
    fn present(&self) {}

    #[cfg(any())]
    #[on(upgrade)]
    fn refuse(&self, page: Missing) -> Missing {
        page.missing()
    }

    #[cfg(all())]
    #[cfg(not(any()))]
    #[on(upgrade)]
    fn admit(&self, head: &RequestHead) -> Without {
        Without(head.path().to_owned())
    }

    #[cfg(any())]
    #[on(message)]
    fn message(&self, ws: &mut Socket<Missing>) {
        ws.missing();
    }

    #[cfg(all())]
    #[on(text)]
    fn text(&self, ws: &mut Socket<Without>, text: &str) {
        ws.data.0.push_str(text);
    }
}

struct Default;

// Without its handler, the data comes from `Default::default()`.
#[websocket(path = "/default", data = u8)]
impl Default {
    #[cfg(any())]
    #[on(upgrade)]
    fn admit(&self, missing: Missing) -> u8 {
        missing.missing()
    }
}

#[routes]
#[cfg(any())]
impl Missing {
    #[route(get, "/")]
    fn index(&self) {}
}

fn main() {
    // A page and the socket.
    assert_eq!(Chat::ROUTES.len(), 2);
    assert!(Chat::EVENTS.has(Event::Text));
    assert!(!Chat::EVENTS.has(Event::Binary));
    assert_eq!(Default::ROUTES.len(), 1);
    let _: fn() -> Router = || Router::new().mount(Chat).mount(Default);
}
