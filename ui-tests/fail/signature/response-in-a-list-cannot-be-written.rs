use router::prelude::*;

struct User;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    async fn users(&self) -> Result<Json<Vec<User>>, StatusCode> {
        Ok(Json(vec![User]))
    }
}

fn main() {}
