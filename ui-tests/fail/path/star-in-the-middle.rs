use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/*/edit")]
    fn index(&self) {}
}

fn main() {}
