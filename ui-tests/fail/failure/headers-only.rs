use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) -> Result<StatusCode, (HeaderMap, String)> {
        Err((HeaderMap::new(), String::new()))
    }
}

fn main() {}
