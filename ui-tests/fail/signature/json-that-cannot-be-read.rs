use router::prelude::*;

struct User;

struct Api;

#[routes]
impl Api {
    #[route(post, "/")]
    fn create(&self, user: Json<User>) {
        let _ = user;
    }
}

fn main() {}
