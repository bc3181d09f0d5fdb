use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) -> impl Future<Output = String> {
        async { String::new() }
    }
}

fn main() {}
