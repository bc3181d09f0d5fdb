use router::prelude::*;

struct Chat;

#[websocket(path = "/", options = Options::HARDENED.burst(200), rate_limit = Rate::NONE)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
