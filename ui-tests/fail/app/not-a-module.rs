#[router::app]
struct App {
    name: String,
}

fn main() {}
