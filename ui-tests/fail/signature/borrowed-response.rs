use router::prelude::*;

struct Api {
    name: String,
}

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) -> &str {
        &self.name
    }
}

fn main() {}
