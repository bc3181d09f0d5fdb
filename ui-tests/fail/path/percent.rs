use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/100%")]
    fn index(&self) {}
}

fn main() {}
