use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/users/{id?}")]
    fn get(&self, id: u64) {
        let _ = id;
    }
}

fn main() {}
