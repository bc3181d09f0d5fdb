use router::prelude::*;

struct Chat;

#[websocket(colour = "blue")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
