use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) {}
}

#[router::app]
enum App {
    Api(Api),
}

fn main() {}
