use router::prelude::*;

struct Api;

// The methods are still there, and the type is still a module.
#[routes]
impl Api {
    #[route(get, "index")]
    fn index(&self) -> &'static str {
        "index"
    }
}

fn main() {
    let _: &str = Api.index();
    let _ = Router::new().mount(Api);
}
