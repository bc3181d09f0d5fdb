use router::prelude::*;

struct Chat;

#[websocket(path = "/", protocols = [])]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
