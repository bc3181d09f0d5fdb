use router::prelude::*;

struct Chat;

#[websocket(path = "/", data = String)]
impl Chat {
    #[on(upgrade)]
    fn admit(&self) -> Result<String, &'static str> {
        Err("no")
    }
}

fn main() {}
