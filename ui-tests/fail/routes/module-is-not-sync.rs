use router::prelude::*;
use std::cell::Cell;

struct Api {
    requests: Cell<u64>,
}

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) {
        self.requests.update(|requests| requests + 1);
    }

    #[route(post, "/text")]
    fn text(&self, text: String) -> String {
        text
    }

    #[route(post, "/json")]
    fn json(&self, numbers: Json<Vec<u64>>) -> String {
        numbers.0.len().to_string()
    }
}

fn main() {}
