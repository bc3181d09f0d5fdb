#[router::app]
struct App<T> {
    api: T,
}

fn main() {}
