use router::prelude::*;

struct Chat;

#[websocket(data = &str)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
