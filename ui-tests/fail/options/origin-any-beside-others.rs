use router::prelude::*;

struct Chat;

#[websocket(path = "/", origins = ["https://example.com", "*"])]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
