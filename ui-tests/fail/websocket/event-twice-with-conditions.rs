use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[cfg(all())]
    #[on(open)]
    fn open(&self) {}

    #[cfg(not(any()))]
    #[on(open)]
    fn greet(&self) {}
}

fn main() {}
