use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/text")]
    fn text(&self) -> {
        String::new()
    }

    #[route(get, "/other")]
    fn other(&self) {}
}

fn main() {
    let _ = || Router::new().mount(Api);
    Api.other();
}
