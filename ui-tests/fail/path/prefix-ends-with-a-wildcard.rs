use router::prelude::*;

struct Api;

#[routes(prefix = "/{*rest}")]
impl Api {
    #[route(get, "/")]
    fn index(&self) {}
}

fn main() {}
