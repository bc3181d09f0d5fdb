use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[cfg(all())]
    #[route(get, "/users/{id}")]
    fn by_id(&self, id: u64) {
        let _ = id;
    }

    #[cfg(not(any()))]
    #[route(get, "/users/{name}")]
    fn by_name(&self, name: String) {
        let _ = name;
    }
}

fn main() {}
