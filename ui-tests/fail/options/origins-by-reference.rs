use router::prelude::*;

struct Chat;

#[websocket(path = "/", origins = &["*"])]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
