use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/rooms")]
    fn rooms(&self, Json(_): Json<u8>) {}
}

fn main() {}
