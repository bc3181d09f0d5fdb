use router::prelude::*;

struct Chat;

#[websocket]
impl Chat {
    #[on(open)]
    fn open(&self) -> u8 {
        1
    }
}

fn main() {}
