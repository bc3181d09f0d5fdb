use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/users?page=1")]
    fn get(&self) {}
}

fn main() {}
