#[router::app]
fn app() {}

fn main() {}
