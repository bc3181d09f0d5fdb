use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) -> SendStatus {
        ws.send(text)
    }
}

fn main() {}
