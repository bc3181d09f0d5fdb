use router::prelude::*;

struct Chat;

#[websocket(per_message_deflate(level = 10))]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
