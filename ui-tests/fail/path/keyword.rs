use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/{type}")]
    fn index(&self) {}
}

fn main() {}
