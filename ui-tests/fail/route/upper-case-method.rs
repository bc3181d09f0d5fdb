use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(GET, "/")]
    fn index(&self) {}
}

fn main() {}
