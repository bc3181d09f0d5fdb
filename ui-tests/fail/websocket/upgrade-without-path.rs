use router::prelude::*;

struct Chat;

#[websocket]
impl Chat {
    #[on(upgrade)]
    fn admit(&self) {}
}

fn main() {}
