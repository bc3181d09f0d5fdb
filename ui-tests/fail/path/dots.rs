use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/a/../b")]
    fn index(&self) {}
}

fn main() {}
