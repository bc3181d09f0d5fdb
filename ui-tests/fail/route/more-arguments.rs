use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/", "/index")]
    fn index(&self) {}
}

fn main() {}
