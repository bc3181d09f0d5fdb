use router::prelude::*;

struct User;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn user(&self) -> Json<User> {
        Json(User)
    }
}

fn main() {}
