use router::prelude::*;

const LIMIT: Rate = Rate::NONE;

struct Chat;

#[websocket(path = "/", rate_limit = LIMIT, burst = 100)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
