use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(disconnect)]
    fn event(&self) {}
}

fn main() {}
