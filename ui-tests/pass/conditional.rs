//! What is generated for a method is conditional on the same as the method.

#![deny(warnings)]

use router::{by_hand::{Module, WebSocket}, Event, prelude::*};

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

struct Arguments;

#[routes]
impl Arguments {
    #[route(get, "/none")]
    fn none(&self, #[cfg(any())] absent: Missing, #[cfg(any())] gone: Option<Missing>) {}

    // An argument that isn't there is not taken from the request either.
    #[route(post, "/{room}/{id}")]
    async fn one(
        &self,
        #[cfg(any())] absent: Missing,
        room: String,
        #[cfg(all())] id: u64,
        #[cfg_attr(all(), cfg(any()))] body: Missing,
        #[cfg_attr(any(), cfg(any()))]
        #[cfg_attr(all(), allow(unused_variables, reason = "lints are not conditions"))]
        headers: &HeaderMap,
        text: String,
    ) -> String {
        format!("{room}{id}{text}")
    }

    #[cfg_attr(all(), cfg(any()))]
    #[route(get, "/gone")]
    fn gone(&self, missing: Missing) {
        missing.missing()
    }
}

fn main() {
    assert_eq!(Arguments::ROUTES.len(), 2);
    // A page and the socket.
    assert_eq!(Chat::ROUTES.len(), 2);
    assert!(Chat::EVENTS.has(Event::Text));
    assert!(!Chat::EVENTS.has(Event::Binary));
    assert_eq!(Default::ROUTES.len(), 1);
    let _: fn() -> Router = || Router::new().mount(Chat).mount(Default);
}
