use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) {}
}

#[router::app]
struct App(Api);

fn main() {}
