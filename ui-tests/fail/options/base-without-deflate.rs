use router::prelude::*;

struct Chat;

#[websocket(path = "/", options = Options::HARDENED, max_inflation_ratio = 100)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
