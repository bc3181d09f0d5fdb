use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    async fn index(&self) {
        let local = std::rc::Rc::new(1);
        std::future::ready(()).await;
        drop(local);
    }
}

fn main() {}
