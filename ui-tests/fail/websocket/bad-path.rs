use router::prelude::*;

struct Chat;

#[websocket(path = "chat")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
