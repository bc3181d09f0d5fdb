use router::prelude::*;

struct Chat;

#[websocket(max_payload_length = "16XB")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
