use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[route(get, "/")]
    fn connect(&self, upgrade: Upgrade<Self>) -> Response {
        upgrade.accept(())
    }
}

fn main() {}
