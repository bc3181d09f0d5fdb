use router::prelude::*;

struct Api;

#[routes("/api")]
impl Api {
    #[route(get, "/")]
    fn index(&self) {}
}

fn main() {}
