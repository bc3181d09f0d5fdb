use router::prelude::*;

struct Api;

#[routes(path = "/")]
impl Api {
    #[route(get, "/")]
    fn index(&self) {}
}

fn main() {}
