use router::prelude::*;

struct Chat;

#[websocket(backpressure_limit = 0, on_slow = "close")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
