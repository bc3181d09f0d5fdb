use router::prelude::*;

struct Chat;

#[websocket(path = "/", per_message_deflate(compress = LEVEL))]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
