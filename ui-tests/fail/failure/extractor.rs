use router::{FromRequest, Request, prelude::*};
use std::sync::Arc;

struct Admin;

impl<M: Send + Sync> FromRequest<M> for Admin {
    type Rejection = String;

    async fn from_request(_: &Arc<M>, request: &mut Request) -> Result<Self, String> {
        match request.head().header("x-admin") {
            Some(_) => Ok(Self),
            None => Err("only for admins".to_owned()),
        }
    }
}

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn index(&self, _: Admin) {}

    #[route(post, "/")]
    async fn create(&self, _admin: Admin) {}
}

fn main() {}
