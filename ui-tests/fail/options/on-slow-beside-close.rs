use router::prelude::*;

struct Chat;

#[websocket(close_on_backpressure_limit = true, on_slow = "drop_oldest")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
