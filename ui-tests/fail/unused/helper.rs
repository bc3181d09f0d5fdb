#![deny(dead_code)]

use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[route(get, "/")]
    fn index(&self) -> &'static str {
        "chat"
    }

    #[on(open)]
    fn open(&self) {}

    fn forgotten(&self) {}
}

fn main() {
    let _: fn() -> Router = || Router::new().mount(Chat);
}
