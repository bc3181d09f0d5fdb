use router::prelude::*;

struct Chat;

#[websocket(path = "/", crate = "router")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
