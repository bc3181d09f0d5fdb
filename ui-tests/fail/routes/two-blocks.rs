use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) {}
}

#[routes]
impl Api {
    #[route(get, "/about")]
    fn about(&self) {}
}

fn main() {}
