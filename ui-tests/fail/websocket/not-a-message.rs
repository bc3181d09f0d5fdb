use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, number: u64) {
        let _ = (ws, number);
    }
}

fn main() {}
