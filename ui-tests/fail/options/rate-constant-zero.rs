use router::prelude::*;

struct Chat;

#[websocket(path = "/", rate_limit = Rate::per_second(0))]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
