use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self, headers: &mut HeaderMap) {
        headers.clear();
    }
}

fn main() {}
