use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) {}
}

#[router::app(prefix = "/api")]
struct App {
    api: Api,
}

fn main() {}
