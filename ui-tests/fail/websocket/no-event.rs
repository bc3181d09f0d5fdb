use router::prelude::*;

struct Chat;

#[websocket]
impl Chat {
    #[on]
    fn open(&self) {}
}

fn main() {}
