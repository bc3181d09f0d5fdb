use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        std::thread::spawn(move || {
            ws.send("later");
        });
    }
}

fn main() {}
