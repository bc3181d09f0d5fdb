use router::prelude::*;

struct Chat;

#[websocket(send_pings = false, pong_timeout = 10)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
