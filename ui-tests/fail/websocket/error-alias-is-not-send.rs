use router::prelude::*;

type Failed = Box<dyn std::error::Error>;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(open)]
    fn open(&self) -> Result<(), Failed> {
        Ok(())
    }
}

fn main() {}
