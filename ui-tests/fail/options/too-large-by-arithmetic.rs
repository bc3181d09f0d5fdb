use router::prelude::*;

struct Chat;

#[websocket(path = "/", max_payload_length = 16 * 1024 * 1024 * 1024)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
