use router::prelude::*;

struct Pages;

#[routes]
impl Pages {
    #[route(get, "/a")]
    fn a(&self) {}

    #[route(get, "/b")]
    fn b(&self) {}

    #[route(get, "/c")]
    fn c(&self) {}

    #[route(get, "/d")]
    fn d(&self) {}
}

#[router::app]
struct App {
    first: Pages,
    second: Pages,
}

fn main() {}
