use router::prelude::*;

struct Chat;

#[websocket]
impl Chat {
    #[on(open, close)]
    fn open(&self) {}
}

fn main() {}
