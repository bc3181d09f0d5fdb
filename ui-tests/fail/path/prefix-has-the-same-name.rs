use router::prelude::*;

struct Api;

#[routes(prefix = "/users/{id}")]
impl Api {
    #[route(get, "/{id}")]
    fn get(&self, id: u64) {
        let _ = id;
    }
}

fn main() {}
