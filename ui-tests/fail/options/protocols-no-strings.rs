use router::prelude::*;

const VERSIONS: [u8; 2] = [1, 2];

struct Chat;

#[websocket(path = "/", protocols = VERSIONS)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
