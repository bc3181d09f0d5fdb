use router::prelude::*;

struct Chat;

#[websocket(send_pings = false, ping_interval = 30)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
