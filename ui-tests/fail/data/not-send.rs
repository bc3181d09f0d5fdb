use router::prelude::*;

struct Chat;

#[websocket(data = std::rc::Rc<String>)]
impl Chat {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
