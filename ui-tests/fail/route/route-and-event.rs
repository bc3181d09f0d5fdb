use router::prelude::*;

struct Chat;

#[websocket]
impl Chat {
    #[route(get, "/")]
    #[on(open)]
    fn index(&self) {}
}

fn main() {}
