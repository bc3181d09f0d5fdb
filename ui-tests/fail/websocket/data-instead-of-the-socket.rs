use router::prelude::*;

#[derive(Default)]
struct User {
    visits: u32,
}

struct Chat;

#[websocket(path = "/", data = User)]
impl Chat {
    #[on(open)]
    fn open(&self, user: &mut User) {
        user.visits += 1;
    }
}

fn main() {}
