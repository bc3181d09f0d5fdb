//! The two routes.

use router::prelude::*;

pub(crate) struct Pages;

#[routes]
impl Pages {
    #[route(get, "/")]
    fn index(&self) -> &'static str {
        "Hello, World!"
    }

    #[route(get, "/users/{id}")]
    fn user(&self, id: String) -> String {
        format!("user {id}")
    }
}
