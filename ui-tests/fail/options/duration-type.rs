use router::prelude::*;

struct Chat;

#[websocket(path = "/", idle_timeout = std::time::Duration::from_secs(5))]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
