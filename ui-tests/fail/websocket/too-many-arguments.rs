use router::prelude::*;

struct User;

struct Chat;

#[websocket(data = User)]
impl Chat {
    #[on(drain)]
    fn drain(&self, ws: &mut Socket<User>, bytes: usize) {
        let _ = (ws, bytes);
    }
}

fn main() {}
