use router::prelude::*;

type ApiResult<T> = Result<T, String>;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    async fn index(&self) -> ApiResult<&'static str> {
        Err("no".to_owned())
    }
}

fn main() {}
