use router::prelude::*;

const PINGS: u8 = 1;

struct Chat;

#[websocket(send_pings = PINGS)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
