use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self, text: &String) {
        let _ = text;
    }
}

fn main() {}
