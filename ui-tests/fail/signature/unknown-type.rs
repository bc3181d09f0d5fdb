use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(post, "/a")]
    fn index(&self, user: Missing) -> String {
        String::new()
    }
}

fn main() {}
