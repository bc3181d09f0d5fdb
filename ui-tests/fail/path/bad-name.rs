use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/users/{user-id}")]
    fn get(&self, user_id: u64) {
        let _ = user_id;
    }
}

fn main() {}
