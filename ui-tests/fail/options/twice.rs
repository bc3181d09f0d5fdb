use router::prelude::*;

struct Chat;

#[websocket(send_pings = true, send_pings = false)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
