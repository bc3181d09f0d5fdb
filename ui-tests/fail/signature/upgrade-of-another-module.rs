use router::prelude::*;

struct Chat;

#[websocket]
impl Chat {}

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self, upgrade: Upgrade<Chat>) -> Response {
        upgrade.accept(())
    }
}

fn main() {}
