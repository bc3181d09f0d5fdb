use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self, #[cfg(all())] headers: HeaderMap) {
        let _ = headers;
    }
}

fn main() {}
