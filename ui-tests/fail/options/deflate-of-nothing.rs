use router::prelude::*;

struct Chat;

#[websocket(per_message_deflate())]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
