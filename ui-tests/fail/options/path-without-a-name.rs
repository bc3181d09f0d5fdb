use router::prelude::*;

struct Chat;

#[websocket("/chat")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
