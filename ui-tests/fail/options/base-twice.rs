use router::prelude::*;

struct Chat;

#[websocket(path = "/", options = Options::DEFAULT, options = Options::HARDENED)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
