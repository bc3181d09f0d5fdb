use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, concat!("/", "users"))]
    fn index(&self) {}
}

fn main() {}
