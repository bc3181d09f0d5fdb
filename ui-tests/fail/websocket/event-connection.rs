use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(connection)]
    fn event(&self) {}
}

fn main() {}
