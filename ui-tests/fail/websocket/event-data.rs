use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(data)]
    fn event(&self) {}
}

fn main() {}
