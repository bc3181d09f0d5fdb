use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(1, "/")]
    fn index(&self) {}
}

fn main() {}
