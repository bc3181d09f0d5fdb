use router::prelude::*;

const MINUTE: u64 = 60;

struct Chat;

#[websocket(path = "/", idle_timeout = 15 * MINUTE * 2)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
