use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(binary)]
    fn binary(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

fn main() {}
