use router::prelude::*;

struct Chat;

#[websocket(path = "/", message_timeout = "31d")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
