use router::prelude::*;

struct Api;

#[routes(crate = ::wrong)]
impl Api {
    #[route(get, "/a/{id}")]
    fn index(&self, id: u64) -> String {
        id.to_string()
    }
}

fn main() {}
