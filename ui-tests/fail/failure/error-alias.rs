use router::prelude::*;

type ApiError = Json<String>;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) -> Result<String, ApiError> {
        Err(Json("no".to_owned()))
    }

    // Said once: the same type, the same mistake.
    #[route(get, "/other")]
    fn other(&self) -> Result<String, ApiError> {
        Err(Json("no".to_owned()))
    }
}

fn main() {}
