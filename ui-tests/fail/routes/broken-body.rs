use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) {
        let page = ;
    }

    // The other methods are still looked at.
    #[route(get, "/number")]
    fn number(&self) -> u8 {
        1
    }
}

fn main() {}
