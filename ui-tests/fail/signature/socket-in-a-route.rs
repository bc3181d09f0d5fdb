use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[route(get, "/send")]
    fn send(&self, ws: &mut Socket<()>) {
        ws.send("hello");
    }

    #[on(open)]
    fn open(&self) {}
}

fn main() {}
