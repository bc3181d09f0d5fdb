use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/rooms/{room}")]
    fn get(&self, romo: HeaderMap) {
        let _ = romo;
    }
}

fn main() {}
