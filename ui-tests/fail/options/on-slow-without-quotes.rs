use router::prelude::*;

struct Chat;

#[websocket(path = "/", on_slow = drop_oldest)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
