use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[cfg(not(miri))]
    #[on(upgrade)]
    fn admit(&self) {}

    #[cfg(not(miri))]
    #[on(upgrade)]
    fn admit_others(&self) {}
}

fn main() {}
