use router::prelude::*;

struct Chat;

#[websocket(path = "/rooms/{room}")]
impl Chat {
    #[on(upgrde)]
    fn admit(&self, room: String) {
        let _ = room;
    }
}

fn main() {}
