use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, path = "/")]
    fn index(&self) {}
}

fn main() {}
