use router::prelude::*;

struct Chat;

#[websocket]
impl Chat {
    #[on(message)]
    fn message(&self, ws: &mut Socket<()>, message: Message<'_>) {
        ws.send(message);
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

fn main() {}
