use router::prelude::*;

struct Chat;

#[websocket(path = "/", byte_rate = "1XB/s")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
