use router::prelude::*;

macro_rules! helper {
    () => {
        fn helper(&self) {}
    };
}

struct Api;

#[routes]
impl Api {
    helper!();
}

fn main() {}
