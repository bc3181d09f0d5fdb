use router::prelude::*;

struct Chat;

#[websocket(compress_threshold = "1KB")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
