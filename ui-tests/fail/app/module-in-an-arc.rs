use router::prelude::*;

struct Chat;

#[routes]
impl Chat {
    #[route(get, "/")]
    fn index(&self) {}
}

#[router::app]
struct App {
    chat: std::sync::Arc<Chat>,
}

fn main() {}
