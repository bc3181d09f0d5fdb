use router::prelude::*;

struct Chat;

#[websocket(path = "/", close_on_backpressure_limit = true, backpressure_limit = 0)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
