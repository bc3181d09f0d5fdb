use router::prelude::*;

#[derive(serde::Deserialize)]
struct Page {
    number: u32,
}

struct Api;

#[routes]
impl Api {
    #[route(get, "/pages/{number}")]
    fn page(&self, Query(Page { number }): Query<Page>) -> String {
        number.to_string()
    }
}

fn main() {}
