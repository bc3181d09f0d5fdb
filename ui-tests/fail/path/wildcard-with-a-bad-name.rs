use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/files/{*file-path}")]
    fn index(&self) {}
}

fn main() {}
