use router::prelude::*;

struct Chat;

#[websocket(send_pings = true publish_to_self = true)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
