use router::prelude::*;

struct Chat;

#[websocket(send_pings = 1)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
