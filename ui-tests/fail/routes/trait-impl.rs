use router::prelude::*;

struct Api;

trait Pages {
    fn index(&self);
}

#[routes]
impl Pages for Api {
    #[route(get, "/")]
    fn index(&self) {}
}

fn main() {}
