use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route("/")]
    fn index(&self) {}
}

fn main() {}
