use router::prelude::*;

const INDEX: &str = "/";

struct Api;

#[routes]
impl Api {
    #[route(get, INDEX)]
    fn index(&self) {}
}

fn main() {}
