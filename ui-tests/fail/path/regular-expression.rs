use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/users/{id:[0-9]+}")]
    fn index(&self) {}
}

fn main() {}
