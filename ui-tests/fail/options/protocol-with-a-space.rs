use router::prelude::*;

struct Chat;

#[websocket(protocols = ["chat v2"])]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
