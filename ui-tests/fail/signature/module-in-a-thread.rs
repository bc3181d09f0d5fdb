use router::prelude::*;

struct Api;

impl Api {
    fn work(&self) {}
}

#[routes]
impl Api {
    #[route(post, "/work")]
    fn start(&self) {
        std::thread::spawn(move || self.work());
    }
}

fn main() {}
