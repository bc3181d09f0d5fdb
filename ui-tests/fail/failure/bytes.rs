use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) -> Result<StatusCode, Bytes> {
        Err(Bytes::new())
    }
}

fn main() {}
