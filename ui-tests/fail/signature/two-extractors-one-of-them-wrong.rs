use router::prelude::*;

struct User;

struct Api;

#[routes]
impl Api {
    #[route(post, "/")]
    fn index(&self, page: Query<Vec<u8>>, user: Vec<User>) {
        let _ = (page, user);
    }
}

fn main() {}
