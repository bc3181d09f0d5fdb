use router::prelude::*;

struct Chat;

#[websocket(idle_timout = 120)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
