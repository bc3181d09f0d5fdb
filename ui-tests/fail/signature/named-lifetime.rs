use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index<'a>(&'a self) {}
}

fn main() {}
