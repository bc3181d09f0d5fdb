use router::prelude::*;

struct Command;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(text)]
    fn text(&self, _ws: &mut Socket<()>, command: Json<Command>) {
        let _ = command;
    }
}

fn main() {}
