use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(upgrade)]
    fn admit(&self, body: String) {
        drop(body);
    }
}

fn main() {}
