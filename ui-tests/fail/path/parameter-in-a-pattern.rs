use router::prelude::*;
use std::str::FromStr;

struct UserId(u64);

impl FromStr for UserId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

struct Api;

#[routes]
impl Api {
    #[route(get, "/users/{id}")]
    fn user(&self, UserId(id): UserId) -> String {
        id.to_string()
    }
}

fn main() {}
