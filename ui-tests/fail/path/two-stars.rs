use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/files/**")]
    fn index(&self) {}
}

fn main() {}
