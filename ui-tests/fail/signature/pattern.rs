use router::prelude::*;

#[derive(serde::Deserialize)]
struct Page {
    number: u32,
}

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self, Query(page): Query<Page>) {
        let _ = page.number;
    }
}

fn main() {}
