use router::prelude::*;

struct Api;

#[routes]
impl Api {
    #[on(open)]
    fn open(&self) {}
}

fn main() {}
