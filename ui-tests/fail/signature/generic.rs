use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index<T: Send>(&self) {}
}

fn main() {}
