use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/rooms")]
    fn room(&self, room: String) -> String {
        room
    }
}

fn main() {}
