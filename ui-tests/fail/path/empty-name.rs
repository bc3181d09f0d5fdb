use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/users/{}")]
    fn get(&self) {}
}

fn main() {}
