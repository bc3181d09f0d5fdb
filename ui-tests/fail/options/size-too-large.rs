use router::prelude::*;

struct Chat;

#[websocket(backpressure_limit = "4GB")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
