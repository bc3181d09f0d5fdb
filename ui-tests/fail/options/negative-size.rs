use router::prelude::*;

struct Chat;

#[websocket(backpressure_limit = -1)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
