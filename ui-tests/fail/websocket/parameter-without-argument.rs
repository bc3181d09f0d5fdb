use router::prelude::*;

struct Chat;

#[websocket(path = "/rooms/{room}")]
impl Chat {
    #[on(upgrade)]
    fn admit(&self) {}
}

fn main() {}
