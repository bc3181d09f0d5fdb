use router::prelude::*;

struct Chat;

#[websocket(path = "/", idle_timeout = 30, options = Options::DEFAULT.burst(100))]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
