use router::prelude::*;

#[routes]
impl Missing {
    #[route(get, "/a/{id}")]
    fn index(&self, id: u64) -> String {
        id.to_string()
    }
}

fn main() {}
