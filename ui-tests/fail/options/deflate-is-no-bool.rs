use router::prelude::*;

const SIZE: &str = "16KB";

struct Chat;

#[websocket(path = "/", per_message_deflate = SIZE)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
