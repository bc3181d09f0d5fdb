use router::prelude::*;

const PATIENCE: &str = "120s";

struct Chat;

#[websocket(path = "/", idle_timeout = PATIENCE)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
