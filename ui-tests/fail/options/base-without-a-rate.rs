use router::prelude::*;

struct Chat;

#[websocket(path = "/", options = Options::DEFAULT, on_flood = "close")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
