use router::prelude::*;

struct Chat;

#[websocket(path = "/", rate_limit = 50)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
