use router::prelude::*;

const LIMIT: u64 = 50;

struct Chat;

#[websocket(path = "/", rate_limit = LIMIT)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
