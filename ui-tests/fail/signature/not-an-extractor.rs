use router::prelude::*;

struct User;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self, user: User) {
        let _ = user;
    }
}

fn main() {}
