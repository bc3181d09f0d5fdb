use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[delete]
    fn delete(&self) {}
}

fn main() {}
