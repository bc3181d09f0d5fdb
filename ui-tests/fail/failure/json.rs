use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) -> Result<StatusCode, Json<u8>> {
        Err(Json(1))
    }
}

fn main() {}
