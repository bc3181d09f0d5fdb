use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(text)]
    async fn text(&self, ws: &mut Socket<()>, text: &str) -> router::Published {
        ws.publish("lobby", text)
    }
}

fn main() {}
