use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(close)]
    fn close(&self, ws: &mut Socket<()>, reason: &str, code: CloseCode) {
        let _ = (ws, reason, code);
    }
}

fn main() {}
