use router::prelude::*;

const LIMIT: u64 = 5;

struct Chat;

#[websocket(path = "/", options = LIMIT)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
