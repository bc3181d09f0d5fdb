use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(close)]
    fn close(&self, ws: &mut Socket<()>, code: u16) {
        let _ = (ws, code);
    }
}

fn main() {}
