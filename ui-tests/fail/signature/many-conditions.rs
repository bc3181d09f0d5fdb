use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(
        &self,
        #[cfg(all())] _a: Hub,
        #[cfg(all())] _b: Hub,
        #[cfg(all())] _c: Hub,
        #[cfg(all())] _d: Hub,
        #[cfg(all())] _e: Hub,
    ) {
    }
}

fn main() {}
