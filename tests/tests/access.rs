//! The options `origins`, `protocols`, `max_connections` and `max_subscriptions`.

use router::prelude::*;
use router_tests::{RawClient, Reply, Server};

struct Guarded;

#[websocket(
    path = "/",
    data = (),
    origins = ["https://good.example", "http://localhost:3000", "same-origin"],
)]
impl Guarded {
    #[route(get, "/by-hand")]
    fn by_hand(&self, upgrade: Upgrade<Self>) -> Response {
        upgrade.accept(())
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

struct Versions;

#[websocket(path = "/versions", data = (), protocols = ["chat.v2", "chat.v1"])]
impl Versions {
    #[route(get, "/versions/by-hand")]
    fn by_hand(&self, upgrade: Upgrade<Self>) -> Response {
        upgrade.header("sec-websocket-protocol", "mine").accept(())
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, _text: &str) {
        ws.send(ws.protocol().unwrap_or("none"));
    }
}

struct Few;

#[websocket(path = "/few", data = (), max_connections = 2, max_subscriptions = 2)]
impl Few {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        let done = match text.strip_prefix('-') {
            Some(topic) => ws.unsubscribe(topic),
            None => ws.subscribe(text),
        };
        ws.send(done.to_string());
    }
}

async fn start() -> Server {
    Server::start(Router::new().mount(Guarded).mount(Versions).mount(Few)).await
}

async fn handshake(server: &Server, path: &str, extra: &[(&str, &str)]) -> Reply {
    let mut client = RawClient::connect(server.addr()).await;
    client.handshake(path, extra).await
}

#[tokio::test]
async fn a_page_of_a_listed_origin_may_connect() {
    let server = start().await;
    for path in ["/", "/by-hand"] {
        for origin in [
            "https://good.example",
            "HTTPS://GOOD.EXAMPLE",
            "http://localhost:3000",
            "http://localhost",
            "https://localhost",
        ] {
            let reply = handshake(&server, path, &[("Origin", origin)]).await;
            assert_eq!(reply.status, 101, "{origin}");
        }
    }
}

#[tokio::test]
async fn rfc6455_10_2_a_missing_repeated_or_unlisted_origin_is_403() {
    let server = start().await;
    for path in ["/", "/by-hand"] {
        for origin in [
            "null",
            "https://good.example.evil",
            "https://evil.example/https://good.example",
            "https://good.example:444",
            "http://good.example",
            "https://sub.good.example",
            "good.example",
            "http://127.0.0.1",
            "https://good.example, https://good.example",
            "",
        ] {
            let reply = handshake(&server, path, &[("Origin", origin)]).await;
            assert_eq!(reply.status, 403, "{origin:?}");
        }
        assert_eq!(handshake(&server, path, &[]).await.status, 403);
        let twice = [
            ("Origin", "https://good.example"),
            ("Origin", "https://good.example"),
        ];
        assert_eq!(handshake(&server, path, &twice).await.status, 403);
    }
}

#[tokio::test]
async fn rfc6455_4_2_2_the_server_selects_the_offered_subprotocol_that_it_prefers() {
    let server = start().await;
    for (offers, chosen) in [
        (&["chat.v1"][..], "chat.v1"),
        (&["chat.v1, chat.v2"], "chat.v2"),
        (&["other, chat.v1"], "chat.v1"),
        (&["chat.v1", "chat.v2"], "chat.v2"),
    ] {
        let mut client = RawClient::connect(server.addr()).await;
        let extra: Vec<_> = offers
            .iter()
            .map(|offer| ("Sec-WebSocket-Protocol", *offer))
            .collect();
        let reply = client.handshake("/versions", &extra).await;
        assert_eq!(reply.header("sec-websocket-protocol"), Some(chosen));
        client.ask("which?", chosen).await;
    }
}

#[tokio::test]
async fn no_subprotocol_is_selected_without_an_offer_or_without_the_option() {
    let server = start().await;
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client.handshake("/versions", &[]).await;
    assert_eq!(
        (reply.status, reply.header("sec-websocket-protocol")),
        (101, None)
    );
    client.ask("which?", "none").await;
    // A module without `protocols` selects no subprotocol.
    let offer = [
        ("Sec-WebSocket-Protocol", "chat.v2"),
        ("Origin", "https://good.example"),
    ];
    let reply = handshake(&server, "/", &offer).await;
    assert_eq!(
        (reply.status, reply.header("sec-websocket-protocol")),
        (101, None)
    );
}

#[tokio::test]
async fn subprotocol_offers_that_do_not_match_or_are_invalid_are_400() {
    let server = start().await;
    for offer in [
        "chat.v3",
        "CHAT.V2",
        "chat v2",
        "chat.v2, chat.v2",
        ",",
        "",
        "chat.v2;q=1",
        "\"chat.v2\"",
    ] {
        let reply = handshake(&server, "/versions", &[("Sec-WebSocket-Protocol", offer)]).await;
        assert_eq!(reply.status, 400, "{offer:?}");
    }
}

#[tokio::test]
async fn a_header_set_by_a_handler_does_not_replace_the_selected_subprotocol() {
    let server = start().await;
    let offer = [("Sec-WebSocket-Protocol", "chat.v1")];
    let reply = handshake(&server, "/versions/by-hand", &offer).await;
    assert_eq!(reply.header("sec-websocket-protocol"), Some("chat.v1"));
}

#[tokio::test]
async fn a_handshake_above_max_connections_is_503_until_a_socket_ends() {
    let server = start().await;
    let mut first = RawClient::open(server.addr(), "/few").await;
    let mut second = RawClient::open(server.addr(), "/few").await;
    first.ask("a", "true").await;
    second.ask("a", "true").await;
    // Repeated, because a refused handshake must not make room for a later one.
    for _ in 0..5 {
        assert_eq!(handshake(&server, "/few", &[]).await.status, 503);
    }
    // Other modules have their own limit.
    RawClient::open(server.addr(), "/versions").await;

    first.send(router_tests::Frame::close(1000, "")).await;
    first.expect_close(1000, "").await;
    first.expect_end().await;
    drop(first);
    // The connection is counted until its session ends, which is shortly after the client has closed it.
    router_tests::within("a place to be free", async {
        while handshake(&server, "/few", &[]).await.status == 503 {}
    })
    .await;
}

#[tokio::test]
async fn a_refused_handshake_is_not_counted_as_a_connection() {
    let server = start().await;
    for _ in 0..5 {
        let bad = [("Sec-WebSocket-Key", "short")];
        assert_eq!(handshake(&server, "/few", &bad).await.status, 400);
    }
    RawClient::open(server.addr(), "/few")
        .await
        .ask("a", "true")
        .await;
}

#[tokio::test]
async fn subscribe_above_max_subscriptions_returns_false() {
    let server = start().await;
    let mut client = RawClient::open(server.addr(), "/few").await;
    for (topic, done) in [
        ("a", "true"),
        ("b", "true"),
        ("c", "false"),
        ("a", "true"),
        ("-a", "true"),
        ("c", "true"),
        ("a", "false"),
    ] {
        client.ask(topic, done).await;
    }
    assert_eq!(server.hub().subscriber_count("a"), 0);
    assert_eq!(server.hub().subscriber_count("c"), 1);
}
