use router::prelude::*;

struct Chat;

#[websocket(path = "/", data = ())]
impl Chat {
    #[on(lagged)]
    fn lagged(&self, _ws: &mut Socket<()>, _missed: usize) {}
}

fn main() {}
