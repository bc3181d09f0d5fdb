use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self, headers: &'static HeaderMap) {
        let _ = headers;
    }
}

fn main() {}
