use router::prelude::*;

struct Chat;

#[websocket(max_connections = "10KB")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
