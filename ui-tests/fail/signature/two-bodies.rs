use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(post, "/")]
    fn index(&self, text: String, headers: HeaderMap, bytes: Bytes) {
        let _ = (text, headers, bytes);
    }
}

fn main() {}
