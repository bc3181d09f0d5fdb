use router::prelude::*;

const LEVEL: u32 = 0;

struct Chat;

#[websocket(path = "/", per_message_deflate(level = LEVEL))]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
