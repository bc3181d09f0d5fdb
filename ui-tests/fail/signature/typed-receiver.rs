use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(self: std::sync::Arc<Self>) {}
}

fn main() {}
