use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(open)]
    fn open(&self, ws: Socket<()>) {
        ws.send("hello");
    }
}

fn main() {}
