use router::prelude::*;

struct Chat;

#[websocket]
impl Chat {
    #[on(text)]
    fn text(&self, text: &str) {
        let _ = text;
    }
}

fn main() {}
