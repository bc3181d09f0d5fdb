use router::prelude::*;

struct Api<'a>(&'a str);

#[routes]
impl Api<'_> {
    #[route(get, "/")]
    fn index(&self) {}
}

fn main() {}
