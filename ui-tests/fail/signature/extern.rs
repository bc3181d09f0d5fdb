use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    extern "C" fn index(&self) {}
}

fn main() {}
