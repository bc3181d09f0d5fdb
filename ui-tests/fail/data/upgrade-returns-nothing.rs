use router::prelude::*;

struct User;

struct Chat;

#[websocket(path = "/", data = User)]
impl Chat {
    #[on(upgrade)]
    fn admit(&self) {}
}

fn main() {}
