use router::prelude::*;

#[derive(Default)]
struct User;

pub struct Chat;

#[websocket(path = "/", data = User)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
