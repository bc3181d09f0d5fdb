use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/users#top")]
    fn get(&self) {}
}

fn main() {}
