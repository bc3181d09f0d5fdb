use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    const INDEX: &'static str = "index";
}

fn main() {}
