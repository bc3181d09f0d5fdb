//! A refused handshake is never answered with a status of success, and opens no socket.

use router::{FromRequest, Redirect, Rejection, prelude::*};
use router_tests::{
    ACCEPT, Client, HANDSHAKE, Log, RawClient, Seen, Server, get, recorder, request,
};
use std::sync::Arc;

/// An error whose response has a status of success.
struct Liar(StatusCode);

impl IntoResponse for Liar {
    fn into_response(self) -> Response {
        (self.0, "all is well").into_response()
    }
}

/// A 101 response as an upstream server might send it. This server has not accepted the handshake.
fn forged() -> Response {
    let headers = [("upgrade", "websocket"), ("connection", "upgrade")];
    let accept = [("sec-websocket-accept", ACCEPT)];
    (StatusCode::SWITCHING_PROTOCOLS, headers, (accept, ())).into_response()
}

/// An extractor whose rejection has a status of success.
struct Guard;

impl FromRequest<Doors> for Guard {
    type Rejection = Liar;

    async fn from_request(_: &Arc<Doors>, request: &mut Request) -> Result<Self, Liar> {
        match request.head().param("how").as_deref() {
            Some("guard") => Err(Liar(StatusCode::OK)),
            _ => Ok(Self),
        }
    }
}

/// Answers the handshake in the way that the path names.
struct Doors {
    log: Log,
}

#[websocket(path = "/door/{how}", data = ())]
impl Doors {
    #[on(upgrade)]
    async fn admit(&self, how: String, _guard: Guard) -> Result<(), Rejection> {
        match how.as_str() {
            "string" => Err("not logged in".to_owned())?,
            "unit" => Err(())?,
            "ok" => Err(StatusCode::OK)?,
            "no-content" => Err(StatusCode::NO_CONTENT)?,
            "continue" => Err(StatusCode::CONTINUE)?,
            "liar" => Err(Liar(StatusCode::ACCEPTED))?,
            "switching" => Err(Liar(StatusCode::SWITCHING_PROTOCOLS))?,
            "forged" => Err(forged())?,
            "redirect" => Err(Redirect::to("/login"))?,
            "forbidden" => Err((StatusCode::FORBIDDEN, "not logged in"))?,
            _ => Ok(()),
        }
    }

    #[on(open)]
    fn open(&self, _ws: &mut Socket<()>) {
        self.log.note("open");
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

/// The error of `#[on(upgrade)]` has a type of its own instead of `Rejection`.
struct Typed;

#[websocket(path = "/typed", data = ())]
impl Typed {
    #[on(upgrade)]
    fn admit(&self) -> Result<(), Liar> {
        Err(Liar(StatusCode::OK))
    }
}

/// Routes that take an upgrade and return another response.
struct Pages {
    log: Log,
}

#[websocket(data = ())]
impl Pages {
    #[route(get, "/dropped")]
    fn dropped(&self, upgrade: Upgrade<Self>) -> &'static str {
        drop(upgrade);
        "all is well"
    }

    #[route(get, "/dropped-later/{status}")]
    async fn dropped_later(&self, upgrade: Upgrade<Self>, status: u16) -> StatusCode {
        tokio::task::yield_now().await;
        drop(upgrade);
        StatusCode::from_u16(status).unwrap()
    }

    #[route(get, "/accepted-and-dropped")]
    fn accepted_and_dropped(&self, upgrade: Upgrade<Self>) -> &'static str {
        drop(upgrade.accept(()));
        "all is well"
    }

    #[route(get, "/perhaps")]
    fn perhaps(&self, upgrade: Option<Upgrade<Self>>) -> &'static str {
        drop(upgrade);
        "a page"
    }

    #[route(get, "/told")]
    fn told(&self, upgrade: Result<Upgrade<Self>, UpgradeError>) -> &'static str {
        drop(upgrade);
        "a page"
    }

    #[route(get, "/page")]
    fn page(&self) -> &'static str {
        "a page"
    }

    #[on(open)]
    fn open(&self, _ws: &mut Socket<()>) {
        self.log.note("open");
    }
}

async fn server() -> (Server, Seen) {
    let (log, seen) = recorder();
    let doors = Doors { log: log.clone() };
    let router = Router::new().mount(doors).mount(Typed).mount(Pages { log });
    (Server::start(router).await, seen)
}

#[tokio::test]
async fn on_upgrade_never_refuses_with_a_status_of_success() {
    let (server, mut seen) = server().await;
    let mut client = RawClient::connect(server.addr()).await;
    for how in [
        "string",
        "unit",
        "ok",
        "no-content",
        "continue",
        "liar",
        "switching",
        "forged",
        "guard",
    ] {
        let reply = client.handshake(&format!("/door/{how}"), &[]).await;
        let found = (
            reply.status,
            reply.text(),
            reply.header("sec-websocket-accept"),
        );
        assert_eq!(found, (500, "Internal Server Error", None), "{how}");
    }
    let reply = client.handshake("/typed", &[]).await;
    assert_eq!((reply.status, reply.text()), (500, "Internal Server Error"));
    let reply = client.handshake("/door/redirect", &[]).await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (303, Some("/login"))
    );
    let reply = client.handshake("/door/forbidden", &[]).await;
    assert_eq!((reply.status, reply.text()), (403, "not logged in"));
    // No refused handshake has opened a socket, and the connection can still be upgraded.
    let reply = client.handshake("/door/open", &[]).await;
    assert_eq!(reply.status, 101);
    client.ask("hello", "hello").await;
    seen.expect("open").await;
    drop(client);
    server.shutdown().await.unwrap();
    seen.assert_silent();
}

#[tokio::test]
async fn a_route_that_drops_its_upgrade_cannot_answer_with_success() {
    let (server, mut seen) = server().await;
    let mut client = RawClient::connect(server.addr()).await;
    for path in [
        "/dropped",
        "/dropped-later/200",
        "/dropped-later/204",
        "/dropped-later/101",
        "/accepted-and-dropped",
        "/perhaps",
        "/told",
    ] {
        let reply = client.handshake(path, &[]).await;
        let found = (reply.status, reply.header("sec-websocket-accept"));
        assert_eq!(found, (500, None), "{path}");
    }
    for status in [302, 404, 503] {
        let path = format!("/dropped-later/{status}");
        let reply = client.handshake(&path, &[]).await;
        assert_eq!(reply.status, status, "{path}");
    }
    server.shutdown().await.unwrap();
    seen.assert_silent();
}

#[tokio::test]
async fn a_plain_request_for_a_page_that_may_upgrade_is_answered() {
    let (server, _seen) = server().await;
    for path in ["/perhaps", "/told", "/page"] {
        let reply = get(server.addr(), path).await;
        assert_eq!((reply.status, reply.text()), (200, "a page"), "{path}");
    }
    // RFC 9110 §7.8: a server may ignore `Upgrade`.
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client.handshake("/page", &[]).await;
    assert_eq!((reply.status, reply.text()), (200, "a page"));
}

/// A handshake without a key is refused, even if the argument of the route is an `Option<Upgrade<_>>` or a
/// `Result<Upgrade<_>, _>`.
#[tokio::test]
async fn a_broken_handshake_is_never_answered_with_success() {
    let (server, _seen) = server().await;
    let [upgrade, connection, _, version] = HANDSHAKE;
    let keyless = [upgrade, connection, version];
    for path in ["/dropped", "/perhaps", "/told"] {
        let reply = request(server.addr(), "GET", path, &keyless, b"").await;
        assert!(reply.status >= 400, "{path}: {reply:?}");
    }
}

#[tokio::test]
async fn tungstenite_reports_a_refused_handshake_as_an_error() {
    let (server, _seen) = server().await;
    let mut client = Client::connect(server.addr(), "/door/open").await;
    client.ask("hello", "hello").await;
    for path in ["/door/string", "/dropped", "/door/forged"] {
        let tcp = tokio::net::TcpStream::connect(server.addr()).await.unwrap();
        let url = format!("ws://{}{path}", server.addr());
        let refused = tokio_tungstenite::client_async(url, tcp).await;
        assert!(refused.is_err(), "{path}: {refused:?}");
    }
}
