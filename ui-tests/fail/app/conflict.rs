use router::prelude::*;

struct Chat;

#[websocket(path = "/rooms/{_room}")]
impl Chat {
    #[route(get, "/users/{id}")]
    fn user(&self, id: u64) -> String {
        id.to_string()
    }

    #[on(open)]
    fn open(&self) {}
}

struct Admin;

#[routes]
impl Admin {
    #[route(get, "/users/{name}")]
    fn by_name(&self, name: String) -> String {
        name
    }

    #[route(get, "/rooms/{id}")]
    fn page_of_a_room(&self, id: u64) -> String {
        id.to_string()
    }
}

#[router::app]
struct App {
    chat: Chat,
    admin: Admin,
}

fn main() {
    let _: fn() -> Router = || Router::from(App { chat: Chat, admin: Admin });
}
