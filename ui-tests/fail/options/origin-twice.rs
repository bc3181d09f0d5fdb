use router::prelude::*;

struct Chat;

#[websocket(origins = ["same-origin", "same-origin"])]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
