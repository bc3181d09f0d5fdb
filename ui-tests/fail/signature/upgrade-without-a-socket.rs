use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn connect(&self, upgrade: Upgrade<Self>) {
        drop(upgrade);
    }
}

fn main() {}
