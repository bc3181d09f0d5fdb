use router::prelude::*;

struct Chat;

#[websocket]
impl Chat {
    #[route(post, "/connect")]
    fn connect(&self, upgrade: Upgrade<Self>) -> Response {
        upgrade.accept(())
    }
}

fn main() {}
