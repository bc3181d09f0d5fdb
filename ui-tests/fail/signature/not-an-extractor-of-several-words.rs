use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self, users: Vec<u64>) {
        drop(users);
    }
}

fn main() {}
