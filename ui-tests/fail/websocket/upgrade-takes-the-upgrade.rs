use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(upgrade)]
    fn admit(&self, upgrade: Upgrade<Self>) {
        drop(upgrade);
    }
}

fn main() {}
