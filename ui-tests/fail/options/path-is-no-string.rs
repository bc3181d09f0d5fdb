use router::prelude::*;

struct Chat;

#[websocket(path = 1)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
