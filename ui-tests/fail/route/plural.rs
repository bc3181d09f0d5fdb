use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[routes(get, "/")]
    fn index(&self) {}
}

fn main() {}
