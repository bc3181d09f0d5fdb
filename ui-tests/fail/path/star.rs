use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/files/*")]
    fn get(&self) {}
}

fn main() {}
