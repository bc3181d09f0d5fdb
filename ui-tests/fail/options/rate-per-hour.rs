use router::prelude::*;

struct Chat;

#[websocket(path = "/", rate_limit = "50/h")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
