use router::prelude::*;

struct Chat;

#[websocket(path = "/", rate_limit = "4294967296/s")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
