use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[get("/users/{id}")]
    fn user(&self, id: u64) -> String {
        id.to_string()
    }
}

fn main() {}
