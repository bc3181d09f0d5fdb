use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(self: Box<Self>) {}
}

fn main() {}
