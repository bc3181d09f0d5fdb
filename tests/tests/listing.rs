//! The routes of an app, as `Router::routes` lists them.

use router::{
    Rejection,
    by_hand::{Answer, Module, Route},
    prelude::*,
};

struct Chat;

#[websocket(path = "/{_room}", data = u8, prefix = "/chat")]
impl Chat {
    #[route(get, "/")]
    fn index(&self) {}

    #[route(put, "/users/{id}")]
    #[route(delete, "/users/{id}")]
    fn user(&self, id: u64) {
        let _ = id;
    }

    #[cfg(any())]
    #[route(get, "/gone")]
    fn gone(&self) {}
}

struct ByHand;

fn nothing(_: std::sync::Arc<ByHand>, _: Request) -> Result<Answer, Rejection> {
    Ok(Answer::ready(()))
}

impl Module for ByHand {
    const ROUTES: &'static [Route<Self>] = &[Route::new(Method::TRACE, "/", "nothing", nothing)];
}

#[test]
fn every_route_is_listed_in_the_order_of_mounting() {
    let router = Router::new().mount(Chat).mount(ByHand);
    let routes = router.routes();
    let listed: Vec<_> = routes
        .iter()
        .map(|route| (route.method(), route.pattern(), route.handler()))
        .collect();
    assert_eq!(
        listed,
        [
            ("GET", "/chat", "Chat::index"),
            ("PUT", "/chat/users/{id}", "Chat::user"),
            ("DELETE", "/chat/users/{id}", "Chat::user"),
            ("WebSocket", "/chat/{_room}", "Chat (websocket)"),
            ("TRACE", "/", "nothing"),
        ]
    );
    let places = routes.iter().map(|route| route.location());
    let places: Vec<_> = places.map(|place| (place.file(), place.line())).collect();
    let expected = [14, 18, 18, 11, 34].map(|line| (file!(), line));
    assert_eq!(places, expected);
}

#[test]
fn routes_are_printed_as_a_table() {
    let routes = Router::new().mount(Chat).mount(ByHand).routes();
    let file = file!();
    assert_eq!(
        routes.to_string(),
        format!(
            "GET        /chat             Chat::index       {file}:14\n\
             PUT        /chat/users/{{id}}  Chat::user        {file}:18\n\
             DELETE     /chat/users/{{id}}  Chat::user        {file}:18\n\
             WebSocket  /chat/{{_room}}     Chat (websocket)  {file}:11\n\
             TRACE      /                 nothing           {file}:34\n"
        )
    );
    assert_eq!(Router::new().routes().to_string(), "");
}
