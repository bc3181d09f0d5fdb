//! What handlers may take and return.

#![deny(warnings)]

use router::prelude::*;
use serde::{Deserialize, Serialize};

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
    let _: fn() -> Router = || Router::new().mount(Api).mount(Chat);
}
