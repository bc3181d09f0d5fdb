use router::prelude::*;

struct Event;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.send(Json(Event));
    }
}

fn main() {}
