use router::prelude::*;

struct Api<T>(T);

#[routes]
impl<T> Api<T> {
    #[route(get, "/")]
    fn index(&self) {}
}

fn main() {}
