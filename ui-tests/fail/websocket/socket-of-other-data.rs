use router::prelude::*;

struct Chat;

#[websocket(path = "/", data = u64)]
impl Chat {
    #[on(open)]
    fn open(&self, ws: &mut Socket<String>) {
        ws.data.clear();
    }
}

fn main() {}
