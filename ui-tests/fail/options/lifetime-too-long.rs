use router::prelude::*;

struct Chat;

#[websocket(max_lifetime = "31d")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
