use router::prelude::*;

struct Chat;

#[websocket]
impl Chat {
    #[on(open)]
    fn open(&self) {}

    #[on(open)]
    fn connected(&self) {}
}

fn main() {}
