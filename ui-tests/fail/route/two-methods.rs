use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get | post, "/")]
    fn index(&self) {}
}

fn main() {}
