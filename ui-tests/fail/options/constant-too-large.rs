use router::prelude::*;

struct Chat;

#[websocket(path = "/", max_payload_length = Self::LIMIT + 1)]
impl Chat {
    const LIMIT: u64 = 4_294_967_295;

    #[on(open)]
    fn open(&self) {}
}

fn main() {}
