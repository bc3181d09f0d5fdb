use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[message]
    fn message(&self, ws: &mut Socket<()>, message: Message<'_>) {
        ws.send(message);
    }
}

fn main() {}
