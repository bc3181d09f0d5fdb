//! Two sockets in one app, each with its own path, options and data.

#![deny(warnings)]

use router::{by_hand::Module, prelude::*};

struct Chat;

#[websocket(path = "/chat", data = String, max_payload_length = "64KB")]
impl Chat {
    #[on(text)]
    fn text(&self, ws: &mut Socket<String>, text: &str) {
        ws.data.push_str(text);
    }
}

mod counter {
    use router::prelude::*;

    pub(crate) struct Counter;

    #[websocket(path = "/counter", data = u64, idle_timeout = 0)]
    impl Counter {
        #[on(message)]
        fn message(&self, ws: &mut Socket<u64>) {
            ws.data += 1;
        }
    }
}

#[router::app]
struct App {
    chat: Chat,
    r#mod: counter::Counter,
    #[cfg(any())]
    missing: Missing,
}

#[router::app]
struct Nothing {}

fn main() {
    assert!(Chat::SOCKET.is_some() && Chat::SOCKET != counter::Counter::SOCKET);
    let _: fn() -> Router = || Router::from(Nothing {});
    let _: fn() -> Router = || {
        Router::from(App {
            chat: Chat,
            r#mod: counter::Counter,
        })
    };
}
