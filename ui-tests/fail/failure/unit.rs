use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) -> Result<StatusCode, ()> {
        Err(())
    }
}

fn main() {}
