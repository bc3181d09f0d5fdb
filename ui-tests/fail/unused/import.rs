#![deny(unused_imports)]

// `on` is not used: there are no events. `route` and `routes` are.
use router::{on, route, routes};

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) {}
}

fn main() {}
