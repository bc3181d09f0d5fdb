//! What handlers may take and return.

#![deny(warnings)]

use router::{http, prelude::*};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Deserialize, Serialize)]
struct Page {
    number: u32,
}

struct Api;

#[routes(prefix = "/api")]
impl Api {
    #[route(get, "/")]
    fn unit(&self) {}

    #[route(head, "/status")]
    #[route(options, "/status")]
    async fn status(&self) -> StatusCode {
        StatusCode::NO_CONTENT
    }

    #[route(post, "/pages/{number}/{*rest}")]
    async fn all(
        &self,
        rest: String,
        uri: &Uri,
        mut number: u32,
        headers: &'_ HeaderMap,
        query: Option<Query<Page>>,
        head: &RequestHead,
        page: Json<Page>,
    ) -> Result<Json<Page>, (StatusCode, String)> {
        number += page.0.number + query.map_or(0, |page| page.0.number);
        if headers.is_empty() || head.path() != uri.path() {
            return Err((StatusCode::BAD_REQUEST, rest));
        }
        Ok(Json(Page { number }))
    }

    #[route(get, "/unused/{_id}/{_name}")]
    fn unused(&self, _name: String) -> impl IntoResponse {
        "unused"
    }

    // Arguments that no parameter needs the name of may be patterns.
    #[route(put, "/pages/{id}")]
    fn patterns(
        &self,
        ref id: String,
        _: Hub,
        Query(Page { number }): Query<Page>,
        Json(mut page): Json<Page>,
    ) -> String {
        page.number += number;
        format!("{id} {}", page.number)
    }

    // The module may be shared instead of borrowed.
    #[route(get, "/shared")]
    fn shared(self: Arc<Self>) {}

    #[route(get, "/shared/{id}")]
    fn shared_with(self: std::sync::Arc<Self>, id: u8, headers: &HeaderMap, _: Hub) -> String {
        format!("{id} {}", headers.len())
    }

    #[route(post, "/shared")]
    async fn shared_async(self: ::std::sync::Arc<Self>, Json(page): Json<Page>) -> Json<Page> {
        Json(page)
    }

    // The whole request makes sense without a body.
    #[route(get, "/whole")]
    #[route(head, "/whole")]
    fn whole(&self, request: http::Request<Body>) -> String {
        request.uri().to_string()
    }

    #[route(get, "/perhaps-whole")]
    fn perhaps(&self, request: Option<http::Request<Body>>) -> StatusCode {
        request.map_or(StatusCode::NOT_FOUND, |_| StatusCode::OK)
    }
}

struct Shared;

#[websocket(path = "/shared", data = (u8, u8))]
impl Shared {
    #[on(upgrade)]
    fn admit(self: Arc<Self>, _: Hub) -> (u8, u8) {
        (1, 2)
    }

    #[on(open)]
    fn open(self: Arc<Self>) {}

    #[on(text)]
    async fn text(self: Arc<Self>, ws: &mut Socket<(u8, u8)>, Json((a, b)): Json<(u8, u8)>) {
        ws.data = (a, b);
    }

    #[on(close)]
    fn close(self: std::sync::Arc<Self>, Socket { data: (a, _), .. }: &mut Socket<(u8, u8)>) {
        *a = 0;
    }
}

#[derive(Deserialize)]
struct Command<'m> {
    word: &'m str,
}

struct Chat;

#[websocket(data = Option<String>)]
impl Chat {
    #[route(get, "/connect")]
    fn connect(&self, upgrade: Upgrade<Self>) -> Response {
        upgrade.accept(None)
    }

    #[on(open)]
    fn open(&self) {}

    #[on(text)]
    async fn text(&self, ws: &mut Socket<Option<String>>, command: Json<Command<'_>>) {
        ws.data = Some(command.0.word.to_owned());
    }

    #[on(binary)]
    fn binary(&self, ws: &Socket<Option<String>>, bytes: Bytes) -> Result<(), std::fmt::Error> {
        ws.send(bytes);
        Err(std::fmt::Error)
    }

    // One method for two events.
    #[on(ping)]
    #[on(pong)]
    fn alive(&self, _: &mut Socket<Option<String>>, _: &[u8]) {}

    #[on(close)]
    async fn close(&self, ws: &mut Socket<Option<String>>, code: CloseCode, reason: &str) {
        let _ = (&ws.data, code, reason);
    }

    #[on(error)]
    async fn error(
        &self,
        _ws: &mut Socket<Option<String>>,
        _error: SocketError,
    ) -> Result<(), String> {
        Err("again".to_owned())
    }
}

fn main() {
    // Handlers are methods like any other.
    Api.unit();
    let _: fn() -> Router = || Router::new().mount(Api).mount(Chat).mount(Shared);
}
