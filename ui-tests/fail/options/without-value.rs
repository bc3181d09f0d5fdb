use router::prelude::*;

struct Chat;

#[websocket(send_pings)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
