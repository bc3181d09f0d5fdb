use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/users//all")]
    fn get(&self) {}
}

fn main() {}
