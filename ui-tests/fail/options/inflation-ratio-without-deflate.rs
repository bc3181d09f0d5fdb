use router::prelude::*;

struct Chat;

#[websocket(path = "/", max_inflation_ratio = 100)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
