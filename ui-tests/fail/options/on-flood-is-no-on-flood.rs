use router::prelude::*;

struct Chat;

#[websocket(path = "/", rate_limit = "50/s", on_flood = OnSlow::Close)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
