use router::prelude::*;

const PINGS: u8 = 1;

struct Chat;

#[websocket(path = "/", send_pings = PINGS)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
