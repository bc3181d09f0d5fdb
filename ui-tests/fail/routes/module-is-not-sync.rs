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
}

fn main() {}
