use router::prelude::*;

struct Chat;

#[websocket(path = "/", data = std::rc::Rc<String>)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
