use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/posts/[id]/[...rest]")]
    fn index(&self) {}
}

fn main() {}
