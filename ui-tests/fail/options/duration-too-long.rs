use router::prelude::*;

struct Chat;

#[websocket(idle_timeout = 961)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
