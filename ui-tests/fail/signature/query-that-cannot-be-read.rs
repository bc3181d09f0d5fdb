use router::prelude::*;

struct Page;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn list(&self, page: Query<Page>) {
        let _ = page;
    }
}

fn main() {}
