use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/users")]
    fn users(&self) {}

    #[route(get, "/%75sers")]
    fn same(&self) {}
}

fn main() {}
