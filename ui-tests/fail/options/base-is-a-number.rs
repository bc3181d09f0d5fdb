use router::prelude::*;

struct Chat;

#[websocket(path = "/", options = 5)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
