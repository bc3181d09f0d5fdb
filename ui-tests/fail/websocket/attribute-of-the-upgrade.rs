use router::prelude::*;

struct Chat;

#[websocket(path = "/{room}", data = String)]
impl Chat {
    #[upgrade]
    fn admit(&self, room: String) -> String {
        room
    }
}

fn main() {}
