use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[cfg_attr(all(), route(get, "/"))]
    fn index(&self) {}
}

fn main() {}
