use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(gte, "/")]
    fn index(&self) {}
}

fn main() {}
