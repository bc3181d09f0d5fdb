use router::prelude::*;

#[router::app]
struct App;

fn main() {}
