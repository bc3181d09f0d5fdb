use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/rooms/{room}")]
    fn get(&self, room: &str) {
        let _ = room;
    }
}

fn main() {}
