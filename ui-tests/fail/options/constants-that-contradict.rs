use router::prelude::*;

const PINGS: bool = false;

struct Chat;

#[websocket(path = "/", send_pings = PINGS, ping_interval = 30)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
