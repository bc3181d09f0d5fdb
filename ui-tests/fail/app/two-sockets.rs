use router::prelude::*;

struct Chat;

#[websocket(path = "/socket")]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

struct News;

#[websocket(path = "/socket")]
impl News {
    #[on(open)]
    fn open(&self) {}
}

#[router::app]
struct App {
    chat: Chat,
    news: News,
}

fn main() {}
