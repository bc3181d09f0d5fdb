use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self, text: String, headers: HeaderMap, bytes: Bytes) {
        let _ = (text, headers, bytes);
    }
}

fn main() {}
