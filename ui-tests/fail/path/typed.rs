use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/users/<int:id>")]
    fn index(&self) {}
}

fn main() {}
