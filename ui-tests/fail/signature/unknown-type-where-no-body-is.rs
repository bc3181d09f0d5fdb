use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/a")]
    fn index(&self, user: Missing) -> String {
        String::new()
    }
}

fn main() {}
