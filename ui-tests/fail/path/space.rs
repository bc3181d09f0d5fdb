use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/all users")]
    fn get(&self) {}
}

fn main() {}
