#[router::app]
struct App;

fn main() {}
