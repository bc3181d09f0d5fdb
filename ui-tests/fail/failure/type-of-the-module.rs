use router::{Response, prelude::*};

struct Refusal;

// Only a body: it says so.
impl IntoResponse for Refusal {
    const HAS_STATUS: bool = false;

    fn into_response(self) -> Response {
        "no".into_response()
    }
}

struct Api;

#[routes]
impl Api {
    #[route(post, "/")]
    fn create(&self) -> Result<StatusCode, Refusal> {
        Err(Refusal)
    }
}

fn main() {}
