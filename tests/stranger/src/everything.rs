//! A module with many kinds of arguments, results, events and options.

use renamed::{prelude::*, BoxError};
use serde::{Deserialize, Serialize};
use std::{future::ready, sync::Arc};

/// A part of a list.
#[derive(Debug, Deserialize, Serialize)]
pub struct Page {
    /// Counts from 0.
    pub number: u32,
}

/// The data of a socket.
#[derive(Debug, Default)]
pub struct Client {
    room: String,
    missed: u64,
}

/// An error of this crate.
#[derive(Debug)]
pub struct Refused;

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        StatusCode::CONFLICT.into_response()
    }
}

const MEGABYTES: usize = 16;
const PINGS: bool = true;

/// A module that uses many features of the framework.
#[derive(Debug, Default)]
pub struct Everything {
    greeting: String,
}

#[websocket(
    crate = ::renamed,
    prefix = "/everything",
    path = "/rooms/{room}",
    data = Client,
    max_payload_length = MEGABYTES * 1024 * 1024,
    backpressure_limit = "1MB",
    on_slow = "drop_oldest",
    idle_timeout = 60 + 60,
    send_pings = PINGS,
    per_message_deflate(compress = "16KB", level = 2),
    origins = ["same-origin"],
    protocols = ["v2", "v1"],
)]
impl Everything {
    /// The limit that `create` checks: the number of topics in debug builds, and the length of the path in
    /// release builds, in bytes.
    pub const LONGEST: usize = 100;

    #[route(get, "/{type}/{id}")]
    #[route(head, "/{type}/{id}")]
    async fn one(&self, r#type: String, id: u64, headers: &HeaderMap, page: Query<Page>) -> String {
        let page = ready(page.0.number).await;
        format!("{} {type} {id} {} {page}", self.greeting, headers.len())
    }

    #[route(post, "/pages")]
    #[cfg_attr(not(debug_assertions), inline)]
    fn create(
        &self,
        #[cfg(debug_assertions)] hub: &Hub,
        #[cfg(not(debug_assertions))] head: &RequestHead,
        page: Json<Page>,
    ) -> Result<(StatusCode, Json<Page>), StatusCode> {
        #[cfg(debug_assertions)]
        if hub.topics().len() > Self::LONGEST {
            return Err(StatusCode::CONFLICT);
        }
        #[cfg(not(debug_assertions))]
        if head.path().len() > Self::LONGEST {
            return Err(StatusCode::URI_TOO_LONG);
        }
        Ok((StatusCode::CREATED, page))
    }

    /// A handler that is documented and deprecated.
    ///
    /// # Errors
    ///
    /// None.
    #[route(delete, "/pages/{id}")]
    #[deprecated(note = "pages stay")]
    pub async fn delete(&self, id: u64) -> Result<String, StatusCode> {
        Ok(ready(id).await.to_string())
    }

    /// A handler with a shared module (`Arc<Self>`), an argument that is a pattern, and an error type of this
    /// crate.
    #[route(get, "/shared/{id}")]
    fn shared(
        self: Arc<Self>,
        id: u32,
        Query(Page { number }): Query<Page>,
        _: Hub,
    ) -> Result<String, Refused> {
        if number == id {
            return Err(Refused);
        }
        Ok(self.greeting.clone())
    }

    #[on(upgrade)]
    async fn admit(&self, room: String, head: &RequestHead) -> Result<Client, StatusCode> {
        if ready(head).await.header("x-stranger").is_some() {
            return Err(StatusCode::FORBIDDEN);
        }
        Ok(Client { room, missed: 0 })
    }

    #[on(open)]
    fn open(&self, ws: &mut Socket<Client>) {
        let _subscribed = ws.subscribe(&ws.data.room);
    }

    #[on(text)]
    async fn text(&self, ws: &mut Socket<Client>, page: Json<Page>) -> Result<(), BoxError> {
        let _sent = ws.send(ready(page).await);
        Ok(())
    }

    #[on(binary)]
    fn binary(&self, ws: &Socket<Client>, bytes: &[u8]) {
        let _sent = ws.send(bytes);
    }

    #[on(ping)]
    fn ping(self: Arc<Self>) {
        drop(self);
    }

    #[on(pong)]
    fn pong(&self, _ws: &mut Socket<Client>, _payload: &[u8]) {}

    #[on(lagged)]
    fn lagged(&self, ws: &mut Socket<Client>, missed: u64) {
        ws.data.missed += missed;
    }

    #[on(drain)]
    fn drain(&self) {}

    #[on(close)]
    fn close(&self, ws: &mut Socket<Client>, _code: CloseCode, _reason: &str) {
        ws.data.room.clear();
    }

    #[on(error)]
    fn error(&self, _ws: &mut Socket<Client>, error: SocketError) {
        drop(error);
    }
}
