use router::prelude::*;

struct Api;

#[routes(prefix = "/rooms/{room}")]
impl Api {
    #[route(get, "/")]
    fn index(&self) {}
}

fn main() {}
