//! The server of `.ci/proxies`: it refuses uploads in several ways, keeps connections, and echoes WebSocket
//! messages.
//!
//! It listens on a free port and prints the port on its first line. Every response carries
//! `x-answered-by: router`, which tells it apart from a response that a proxy made.

use router::{FromRequest, prelude::*};
use std::{sync::Arc, time::Duration};
use tower_http::set_header::SetResponseHeaderLayer;

struct Uploads;

/// Refuses every request.
struct Guard;

impl FromRequest<Uploads> for Guard {
    type Rejection = StatusCode;

    async fn from_request(_: &Arc<Uploads>, _: &mut Request) -> Result<Self, StatusCode> {
        Err(StatusCode::UNAUTHORIZED)
    }
}

#[routes]
impl Uploads {
    /// 413: the body is longer than the default limit.
    #[route(post, "/limited")]
    fn limited(&self, body: Bytes) -> String {
        body.len().to_string()
    }

    /// 405 to a `POST`.
    #[route(get, "/get-only")]
    fn get_only(&self) -> &'static str {
        "it has no other method"
    }

    /// 401.
    #[route(post, "/guarded")]
    fn guarded(&self, _guard: Guard, body: Bytes) -> String {
        body.len().to_string()
    }

    /// 415 to another type than JSON.
    #[route(post, "/json")]
    fn json(&self, numbers: Json<Vec<u32>>) -> String {
        numbers.0.len().to_string()
    }

    /// Returns the address of the client, which tells whether two requests used the same connection.
    #[route(post, "/peer")]
    fn peer(&self, _body: Bytes, peer: RemoteAddr) -> String {
        peer.0.to_string()
    }

    /// Waits, so that a shutdown can begin while the request is being handled.
    #[route(post, "/slow")]
    async fn slow(&self, _body: Bytes) -> &'static str {
        tokio::time::sleep(Duration::from_millis(20)).await;
        "slow"
    }
}

struct Echo;

#[websocket(path = "/echo", data = ())]
impl Echo {
    /// Sends the message back; the text `close` closes the connection with code 4001.
    #[on(message)]
    fn message(&self, ws: &mut Socket<()>, message: Message<'_>) {
        match message {
            Message::Text("close") => ws.close(CloseCode::from(4001), "as asked"),
            message => {
                ws.send(message);
            }
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), router::Error> {
    let answered_by = SetResponseHeaderLayer::overriding(
        router::HeaderName::from_static("x-answered-by"),
        HeaderValue::from_static("router"),
    );
    let router = Router::new().mount(Uploads).mount(Echo).layer(answered_by);
    let server = router.bind("127.0.0.1:0").await?;
    println!("listening on http://{}", server.local_addr());
    server.run().await
}
