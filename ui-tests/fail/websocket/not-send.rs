use router::prelude::*;

struct Chat;

#[websocket(path = "/")]
impl Chat {
    #[on(open)]
    async fn open(&self) {
        let local = std::rc::Rc::new(1);
        std::future::ready(()).await;
        drop(local);
    }
}

fn main() {}
