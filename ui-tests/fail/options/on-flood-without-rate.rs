use router::prelude::*;

struct Chat;

#[websocket(path = "/", on_flood = "slow")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
