use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(open)]
    fn open(&self) -> u8 {
        1
    }
}

fn main() {}
