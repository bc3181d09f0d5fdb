//! Generated code gives no lint anything to say, and needs no `allow`.

#![deny(warnings, missing_docs, unused_qualifications, unused_results)]
#![deny(
    elided_lifetimes_in_paths,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts
)]
#![deny(
    non_ascii_idents,
    unit_bindings,
    variant_size_differences,
    let_underscore_drop
)]
#![forbid(unsafe_code)]

use router::prelude::*;

/// The data of a connection.
#[derive(Default)]
pub struct Data {
    /// How many messages came.
    pub messages: u64,
}

const LIMIT: u64 = 1024;

/// A module of everything.
pub struct Chat;

#[websocket(
    path = "/",
    data = Data,
    max_payload_length = LIMIT,
    idle_timeout = 120,
    backpressure_limit = "1MB",
    close_on_backpressure_limit = false,
    send_pings = true,
    publish_to_self = !true,
    options = Options::HARDENED,
    rate_limit = Rate::per_second(10),
    on_flood = OnFlood::Close,
)]
impl Chat {
    #[route(get, "/")]
    fn index(&self) -> Html<&'static str> {
        Html("chat")
    }

    #[route(post, "/nothing")]
    async fn nothing(&self) {}

    #[route(put, "/users/{id}")]
    #[route(patch, "/users/{id}")]
    async fn user(&self, id: u64, headers: &HeaderMap, body: Bytes) -> (StatusCode, String) {
        (StatusCode::OK, format!("{id} {headers:?} {body:?}"))
    }

    #[on(open)]
    fn open(&self) {}

    #[on(text)]
    fn text(&self, ws: &mut Socket<Data>, _text: &str) {
        ws.data.messages += 1;
    }

    #[on(binary)]
    async fn binary(&self, ws: &mut Socket<Data>) {
        ws.data.messages += 1;
    }

    #[on(close)]
    async fn close(&self, _ws: &mut Socket<Data>, _code: CloseCode) {}
}

/// An app of one module.
#[router::app]
pub struct App {
    /// The module.
    pub chat: Chat,
}

fn main() {
    let _: fn() -> Router = || Router::from(App { chat: Chat });
}
