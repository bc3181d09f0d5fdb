use router::prelude::*;

#[routes]
struct Api;

fn main() {}
