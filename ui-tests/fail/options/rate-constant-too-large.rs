use router::prelude::*;

const MANY: u64 = 5 * 1024 * 1024 * 1024;

struct Chat;

#[websocket(path = "/", byte_rate = Rate::per_minute(MANY))]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
