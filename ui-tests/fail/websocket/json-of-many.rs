use router::prelude::*;

struct Command;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(text)]
    fn text(&self, _ws: &mut Socket<()>, Json(commands): Json<Vec<Command>>) {
        let _ = commands;
    }
}

fn main() {}
