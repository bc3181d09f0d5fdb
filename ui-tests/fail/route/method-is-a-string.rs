use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route("get", "/")]
    fn index(&self) {}
}

fn main() {}
