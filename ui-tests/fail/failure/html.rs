use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) -> Result<StatusCode, Html<&'static str>> {
        Err(Html("no"))
    }
}

fn main() {}
