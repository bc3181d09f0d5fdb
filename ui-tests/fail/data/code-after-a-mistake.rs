use router::prelude::*;

struct User;

struct Chat;

// The socket still has its data.
#[websocket(data = User, idle_timeout = "long")]
impl Chat {
    #[route(get, "/")]
    fn connect(&self, upgrade: Upgrade<Self>) -> Response {
        upgrade.accept(User)
    }
}

fn main() {}
