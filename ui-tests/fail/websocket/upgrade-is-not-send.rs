use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(upgrade)]
    async fn admit(&self) {
        let shared = std::rc::Rc::new(1);
        std::future::ready(()).await;
        drop(shared);
    }
}

fn main() {}
