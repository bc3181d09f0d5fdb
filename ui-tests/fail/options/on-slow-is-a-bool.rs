use router::prelude::*;

struct Chat;

#[websocket(on_slow = true)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
