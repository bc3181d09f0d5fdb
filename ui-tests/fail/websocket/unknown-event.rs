use router::prelude::*;

struct Chat;

#[websocket]
impl Chat {
    #[on(mesage)]
    fn message(&self) {}
}

fn main() {}
