use router::prelude::*;

struct Chat;

#[websocket]
impl Chat {
    #[on(open)]
    fn open(&mut self) {}
}

fn main() {}
