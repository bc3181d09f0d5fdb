use router::prelude::*;

struct Chat;

#[websocket(path = "/", protocols = ["a", "a"])]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
