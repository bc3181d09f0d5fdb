use router::prelude::*;

struct Chat;

#[websocket(path = "/", origins = &["null"])]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
