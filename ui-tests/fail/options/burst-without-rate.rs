use router::prelude::*;

struct Chat;

#[websocket(path = "/", byte_rate = "1MB/s", burst = 100)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
