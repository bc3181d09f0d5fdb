use router::prelude::*;

struct Chat;

#[websocket(per_message_deflate(compress = false, level = 2))]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
