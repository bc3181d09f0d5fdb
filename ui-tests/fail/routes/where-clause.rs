use router::prelude::*;

struct Api;

#[routes]
impl Api
where
    Api: Sized,
{
    #[route(get, "/")]
    fn index(&self) {}
}

fn main() {}
