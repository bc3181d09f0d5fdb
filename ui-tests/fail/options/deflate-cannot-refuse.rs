use router::prelude::*;

struct Chat;

#[websocket(per_message_deflate(compress = "16KB", decompress = false))]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
