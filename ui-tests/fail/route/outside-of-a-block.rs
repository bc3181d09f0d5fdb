use router::prelude::*;

struct Api;

impl Api {
    #[route(get, "/")]
    fn index(&self) {}
}

fn main() {}
