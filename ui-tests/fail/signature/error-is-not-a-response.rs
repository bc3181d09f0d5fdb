use router::prelude::*;

struct Missing;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn user(&self) -> Result<String, Missing> {
        Err(Missing)
    }
}

fn main() {}
