use router::prelude::*;

struct Refused;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(open)]
    fn open(&self) -> Result<(), Refused> {
        Err(Refused)
    }
}

fn main() {}
