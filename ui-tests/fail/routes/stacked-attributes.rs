use router::prelude::*;

struct Chat;

#[websocket]
#[routes]
impl Chat {
    #[route(get, "/")]
    fn index(&self) {}
}

fn main() {}
