use router::prelude::*;

struct Chat;

#[websocket(idle_timeout = 1.5)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
