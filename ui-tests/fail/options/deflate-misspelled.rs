use router::prelude::*;

struct Chat;

#[websocket(per_message_deflate(compres = "16KB"))]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
