use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self) {}
}

// It can still be made into a router.
#[router::app]
struct App(Api);

fn main() {
    let _ = Router::from(App(Api));
}
