use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) -> Result<StatusCode, &'static str> {
        Err("no")
    }
}

fn main() {}
