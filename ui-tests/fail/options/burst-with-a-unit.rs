use router::prelude::*;

struct Chat;

#[websocket(path = "/", rate_limit = "50/s", burst = "100/s")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
