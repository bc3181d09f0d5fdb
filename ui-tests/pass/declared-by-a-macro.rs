//! `impl` blocks that a `macro_rules` macro produces, with names from its definition and from its call.

#![deny(warnings)]

use router::{by_hand::{Module, WebSocket}, Event, prelude::*};

macro_rules! echo {
    ($name:ident, $path:literal, $data:ty, $limit:expr, $event:ident) => {
        struct $name;

        #[websocket(path = $path, data = $data, max_payload_length = $limit)]
        impl $name {
            #[route(get, $path)]
            fn index(&self, headers: &HeaderMap) -> String {
                format!("{headers:?}")
            }

            #[on(open)]
            fn open(&self, ws: &mut Socket<$data>) {
                ws.data = <$data>::default();
            }

            #[on($event)]
            async fn echo(&self, ws: &mut Socket<$data>, message: Message<'_>) {
                ws.send(message);
            }
        }
    };
}

echo!(Text, "/text", u8, 1 + 1, text);
echo!(Both, "/both", Vec<(u8, String)>, "64KB", message);

fn main() {
    // The route, and the path of the socket.
    assert_eq!(Text::ROUTES.len(), 2);
    assert!(!Text::EVENTS.has(Event::Binary));
    assert!(Both::EVENTS.has(Event::Binary));
    let _: fn() -> Router = || Router::new().mount(Text).mount(Both);
}
