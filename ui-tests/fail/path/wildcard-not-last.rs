use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/files/{*path}/raw")]
    fn get(&self, path: String) {
        let _ = path;
    }
}

fn main() {}
