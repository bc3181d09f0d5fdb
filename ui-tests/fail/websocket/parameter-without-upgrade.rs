use router::prelude::*;

struct Chat;

#[websocket(path = "/rooms/{room}")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
