use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/users/id}")]
    fn index(&self) {}
}

fn main() {}
