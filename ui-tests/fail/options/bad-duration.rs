use router::prelude::*;

struct Chat;

#[websocket(idle_timeout = "soon")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
