use router::prelude::*;

struct Api;

#[routes(prefix = "api")]
impl Api {
    #[route(get, "/")]
    fn index(&self) {}
}

fn main() {}
