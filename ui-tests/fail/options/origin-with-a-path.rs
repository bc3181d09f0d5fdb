use router::prelude::*;

struct Chat;

#[websocket(origins = ["https://example.com/"])]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
