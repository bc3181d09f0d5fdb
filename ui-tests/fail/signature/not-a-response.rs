use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) -> Vec<u16> {
        Vec::new()
    }
}

fn main() {}
