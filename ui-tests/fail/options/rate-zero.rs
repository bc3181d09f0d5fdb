use router::prelude::*;

struct Chat;

#[websocket(path = "/", rate_limit = "0/s")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
