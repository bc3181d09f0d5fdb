use router::prelude::*;

#[derive(serde::Serialize)]
struct Event {
    name: &'static str,
}

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.send(Event { name: "open" });
    }
}

fn main() {}
