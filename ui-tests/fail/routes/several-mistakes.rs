use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(gte, "/")]
    fn typo(&self) {}

    #[route(get, "/{id}")]
    fn unused(&self) {}

    #[route(post, "users")]
    fn relative(&mut self) {}
}

fn main() {}
