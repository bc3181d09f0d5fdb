use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self, page: impl Sized) {
        let _ = page;
    }
}

fn main() {}
