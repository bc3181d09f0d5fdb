use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on("open")]
    fn open(&self) {}
}

fn main() {}
