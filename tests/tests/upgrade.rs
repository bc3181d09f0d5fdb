//! Upgrades in a route that takes an `Upgrade`, and `#[on(upgrade)]` for the path of a module.

use router::prelude::*;
use router_tests::{ACCEPT, Client, HANDSHAKE, Log, RawClient, Seen, Server, recorder, request};
use serde::Deserialize;

#[derive(Debug)]
struct User {
    name: String,
    room: String,
}

/// A module whose sockets are opened only by its routes.
struct Manual;

#[websocket(data = User)]
impl Manual {
    #[route(get, "/login/{name}")]
    async fn login(
        &self,
        headers: &HeaderMap,
        name: String,
        upgrade: Upgrade<Self>,
    ) -> Result<Response, (StatusCode, &'static str)> {
        match headers.get("authorization").map(HeaderValue::as_bytes) {
            Some(b"Bearer sesame") => {}
            Some(_) => return Err((StatusCode::FORBIDDEN, "wrong token")),
            None => return Err((StatusCode::UNAUTHORIZED, "no token")),
        }
        tokio::task::yield_now().await;
        let upgrade = upgrade
            .header("x-user", name.as_str())
            .header("set-cookie", "a=1");
        Ok(upgrade.header("set-cookie", "b=2").accept(User {
            name,
            room: "lobby".to_owned(),
        }))
    }

    #[route(get, "/forged/{name}")]
    fn forged(&self, name: String, upgrade: Upgrade<Self>) -> Response {
        let upgrade = upgrade.header(name.as_str(), "forged");
        upgrade.accept(User {
            name: "nobody".to_owned(),
            room: "nowhere".to_owned(),
        })
    }

    #[route(get, "/injected")]
    fn injected(&self, upgrade: Upgrade<Self>) -> Response {
        let upgrade = upgrade.header("x-name", "ada\r\nx-injected: 1");
        upgrade.accept(User {
            name: "nobody".to_owned(),
            room: "nowhere".to_owned(),
        })
    }

    #[route(get, "/bad-name")]
    fn bad_name(&self, upgrade: Upgrade<Self>) -> Response {
        let upgrade = upgrade.header("x name:", "ada");
        upgrade.accept(User {
            name: "nobody".to_owned(),
            room: "nowhere".to_owned(),
        })
    }

    #[route(get, "/either")]
    fn either(&self, upgrade: Option<Upgrade<Self>>) -> Response {
        match upgrade {
            Some(upgrade) => upgrade.accept(User {
                name: "either".to_owned(),
                room: "lobby".to_owned(),
            }),
            None => "a page".into_response(),
        }
    }

    #[route(get, "/told")]
    fn told(&self, upgrade: Result<Upgrade<Self>, UpgradeError>) -> Response {
        match upgrade {
            Ok(upgrade) => upgrade.accept(User {
                name: "told".to_owned(),
                room: "lobby".to_owned(),
            }),
            Err(error) => (
                StatusCode::IM_A_TEAPOT,
                format!("{}: {error}", error.status()),
            )
                .into_response(),
        }
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<User>, text: &str) {
        ws.send(format!("{} in {}: {text}", ws.data.name, ws.data.room));
    }
}

async fn manual() -> Server {
    Server::start(Router::new().mount(Manual)).await
}

#[tokio::test]
async fn a_route_upgrades_with_headers_and_data_of_its_own() {
    let server = manual().await;
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client
        .handshake("/login/ada", &[("Authorization", "Bearer sesame")])
        .await;
    assert_eq!((reply.status, reply.header("x-user")), (101, Some("ada")));
    assert_eq!(reply.header("sec-websocket-accept"), Some(ACCEPT));
    assert_eq!(reply.all("set-cookie"), ["a=1", "b=2"]);
    client.ask("hello", "ada in lobby: hello").await;
}

#[tokio::test]
async fn a_route_may_refuse_to_upgrade() {
    let server = manual().await;
    for (headers, status, text) in [
        (&[][..], 401, "no token"),
        (&[("Authorization", "Bearer simsim")], 403, "wrong token"),
    ] {
        let mut client = RawClient::connect(server.addr()).await;
        let reply = client.handshake("/login/ada", headers).await;
        assert_eq!((reply.status, reply.text()), (status, text));
        assert_eq!(reply.header("sec-websocket-accept"), None);
        let reply = client
            .handshake("/login/ada", &[("Authorization", "Bearer sesame")])
            .await;
        assert_eq!(
            reply.status, 101,
            "the connection is still good for another try"
        );
    }
}

#[tokio::test]
async fn the_handshakes_own_headers_cannot_be_replaced() {
    let server = manual().await;
    for name in [
        "Sec-WebSocket-Accept",
        "Sec-WebSocket-Extensions",
        "Connection",
        "Upgrade",
        "Content-Length",
        "Transfer-Encoding",
    ] {
        let mut client = RawClient::connect(server.addr()).await;
        let reply = client.handshake(&format!("/forged/{name}"), &[]).await;
        assert_eq!(reply.status, 500, "{name}");
        let forged = reply.headers.iter().find(|(_, value)| value == "forged");
        assert_eq!(forged, None, "{name}");
    }
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client.handshake("/forged/X-Other", &[]).await;
    assert_eq!(
        (reply.status, reply.header("x-other")),
        (101, Some("forged"))
    );
}

#[tokio::test]
async fn an_invalid_header_is_500_and_injects_nothing() {
    let server = manual().await;
    for path in ["/injected", "/bad-name"] {
        let mut client = RawClient::connect(server.addr()).await;
        let reply = client.handshake(path, &[]).await;
        assert_eq!(
            (reply.status, reply.header("x-injected")),
            (500, None),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_route_may_upgrade_or_answer_otherwise() {
    let server = manual().await;
    let mut client = Client::connect(server.addr(), "/either").await;
    client.ask("hello", "either in lobby: hello").await;
    let reply = request(server.addr(), "GET", "/either", &[], b"").await;
    assert_eq!((reply.status, reply.text()), (200, "a page"));
}

#[tokio::test]
async fn a_route_may_take_the_upgrade_error_as_an_argument() {
    let server = manual().await;
    let mut client = Client::connect(server.addr(), "/told").await;
    client.ask("hello", "told in lobby: hello").await;
    let [upgrade, connection, _, version] = HANDSHAKE;
    let keyless = [upgrade, connection, version];
    let reply = request(server.addr(), "GET", "/told", &keyless, b"").await;
    assert_eq!(reply.status, 418);
    assert!(
        reply.text().starts_with("400 Bad Request: "),
        "{}",
        reply.text()
    );
    assert!(
        reply.text().contains("Sec-WebSocket-Key"),
        "{}",
        reply.text()
    );
    // Without `Result`, the server answers with the reason.
    let reply = request(server.addr(), "GET", "/forged/x", &keyless, b"").await;
    assert_eq!(reply.status, 400);
    assert!(
        reply.text().contains("Sec-WebSocket-Key"),
        "{}",
        reply.text()
    );
}

#[derive(Deserialize)]
struct Who {
    name: String,
}

/// A module that admits clients before their sockets are opened.
struct Rooms {
    log: Log,
}

#[websocket(path = "/rooms/{room}/{seat}", data = User)]
impl Rooms {
    #[on(upgrade)]
    async fn admit(
        &self,
        seat: u8,
        room: String,
        who: Query<Who>,
        head: &RequestHead,
    ) -> Result<User, (StatusCode, String)> {
        self.log.note(format!("admit {}", who.0.name));
        tokio::task::yield_now().await;
        assert_ne!(seat, 13, "this is what the test is about");
        match head.header("x-member") {
            Some(_) => Ok(User {
                name: who.0.name,
                room: format!("{room}, seat {seat}"),
            }),
            None => Err((StatusCode::FORBIDDEN, format!("{room} is for members"))),
        }
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<User>, text: &str) {
        ws.send(format!("{} in {}: {text}", ws.data.name, ws.data.room));
    }
}

async fn rooms() -> (Server, Seen) {
    let (log, seen) = recorder();
    (
        Server::start(Router::new().mount(Rooms { log })).await,
        seen,
    )
}

#[tokio::test]
async fn on_upgrade_gets_the_path_and_the_query_and_returns_the_data() {
    let (server, mut seen) = rooms().await;
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client
        .handshake("/rooms/red%20room/7?name=ada", &[("X-Member", "yes")])
        .await;
    assert_eq!(reply.status, 101);
    client.ask("hello", "ada in red room, seat 7: hello").await;
    seen.expect("admit ada").await;
}

#[tokio::test]
async fn on_upgrade_may_refuse_with_any_response() {
    let (server, mut seen) = rooms().await;
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client.handshake("/rooms/red/7?name=ada", &[]).await;
    assert_eq!((reply.status, reply.text()), (403, "red is for members"));
    assert_eq!(reply.header("sec-websocket-accept"), None);
    seen.expect("admit ada").await;
}

#[tokio::test]
async fn the_arguments_of_on_upgrade_are_checked_like_those_of_a_route() {
    let (server, mut seen) = rooms().await;
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client
        .handshake("/rooms/red/x?name=ada", &[("X-Member", "yes")])
        .await;
    let text = "invalid path parameter `seat`: invalid digit found in string";
    assert_eq!((reply.status, reply.text()), (400, text));
    let reply = client
        .handshake("/rooms/red/7", &[("X-Member", "yes")])
        .await;
    assert_eq!(reply.status, 400);
    assert!(
        reply.text().starts_with("invalid query string: "),
        "{}",
        reply.text()
    );
    server.shutdown().await.unwrap();
    seen.assert_silent();
}

#[tokio::test]
async fn on_upgrade_does_not_run_for_a_broken_handshake() {
    let (server, mut seen) = rooms().await;
    let reply = request(
        server.addr(),
        "GET",
        "/rooms/red/7?name=ada",
        &HANDSHAKE[..3],
        b"",
    )
    .await;
    assert_eq!(reply.status, 426);
    server.shutdown().await.unwrap();
    seen.assert_silent();
}

#[tokio::test]
async fn a_panic_in_on_upgrade_is_500_and_keeps_the_connection() {
    let (server, _seen) = rooms().await;
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client
        .handshake("/rooms/red/13?name=ada", &[("X-Member", "yes")])
        .await;
    assert_eq!(reply.status, 500);
    let reply = client
        .handshake("/rooms/red/7?name=ada", &[("X-Member", "yes")])
        .await;
    assert_eq!(reply.status, 101);
}

/// A module whose `#[on(upgrade)]` never refuses.
struct Open;

#[websocket(path = "/open", data = User)]
impl Open {
    #[on(upgrade)]
    fn admit(&self, uri: &Uri) -> User {
        User {
            name: uri.query().unwrap_or("nobody").to_owned(),
            room: "open".to_owned(),
        }
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<User>, text: &str) {
        ws.send(format!("{} in {}: {text}", ws.data.name, ws.data.room));
    }
}

/// A module whose `#[on(upgrade)]` always refuses, with a response that it builds itself.
struct Shut;

#[websocket(path = "/shut", data = ())]
impl Shut {
    #[on(upgrade)]
    async fn admit(&self) -> Result<(), Response> {
        Err((StatusCode::FOUND, [("location", "/open")], "elsewhere").into_response())
    }
}

#[tokio::test]
async fn on_upgrade_may_be_sync_return_plain_data_or_refuse_with_a_whole_response() {
    let server = Server::start(Router::new().mount(Open).mount(Shut)).await;
    let mut client = Client::connect(server.addr(), "/open?ada").await;
    client.ask("hello", "ada in open: hello").await;
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client.handshake("/shut", &[]).await;
    assert_eq!(
        (reply.status, reply.header("location")),
        (302, Some("/open"))
    );
    assert_eq!(reply.text(), "elsewhere");
}
