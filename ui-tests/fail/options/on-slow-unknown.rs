use router::prelude::*;

struct Chat;

#[websocket(on_slow = "drop-oldest")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
