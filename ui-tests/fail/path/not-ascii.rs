use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/grüße")]
    fn index(&self) {}
}

fn main() {}
