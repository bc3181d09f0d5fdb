use router::prelude::*;

struct Chat;

#[websocket(origins = ["*"])]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
