use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/text")]
    fn text(&self, text String) -> String {
        text
    }

    #[route(get, "/other")]
    fn other(&self) {}
}

fn main() {
    let _ = || Router::new().mount(Api);
    Api.other();
}
