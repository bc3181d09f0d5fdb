use router::prelude::*;

struct Chat;

#[websocket(per_message_deflate(compress = "16kb"))]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
