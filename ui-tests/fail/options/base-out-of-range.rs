use router::prelude::*;

struct Chat;

#[websocket(path = "/", options = Options::DEFAULT.idle_timeout_ms(961_000))]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
