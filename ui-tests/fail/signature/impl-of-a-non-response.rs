use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) -> impl Iterator<Item = u8> {
        std::iter::empty()
    }
}

fn main() {}
