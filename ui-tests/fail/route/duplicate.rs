use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/users/{id}")]
    fn user(&self, id: u64) {
        let _ = id;
    }

    #[route(get, "/users/{id}")]
    fn person(&self, id: u64) {
        let _ = id;
    }
}

fn main() {}
