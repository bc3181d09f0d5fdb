use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    unsafe fn index(&self) {}
}

fn main() {}
