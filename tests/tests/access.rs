//! Who may connect: `origins`, `protocols`, `max_connections`; and `max_subscriptions`.

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
async fn rfc6455_10_2_any_other_is_403() {
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
async fn rfc6455_4_2_2_the_servers_preference_decides_among_the_offered() {
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
async fn a_client_that_offers_nothing_gets_nothing() {
    let server = start().await;
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client.handshake("/versions", &[]).await;
    assert_eq!(
        (reply.status, reply.header("sec-websocket-protocol")),
        (101, None)
    );
    client.ask("which?", "none").await;
    // Without `protocols` nothing is echoed.
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
async fn offers_that_do_not_match_or_are_no_list_are_400() {
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
async fn a_header_of_the_users_does_not_replace_what_was_agreed_on() {
    let server = start().await;
    let offer = [("Sec-WebSocket-Protocol", "chat.v1")];
    let reply = handshake(&server, "/versions/by-hand", &offer).await;
    assert_eq!(reply.header("sec-websocket-protocol"), Some("chat.v1"));
}

#[tokio::test]
async fn above_max_connections_it_is_503_until_one_ends() {
    let server = start().await;
    let mut first = RawClient::open(server.addr(), "/few").await;
    let mut second = RawClient::open(server.addr(), "/few").await;
    first.ask("a", "true").await;
    second.ask("a", "true").await;
    // As often as one tries: a refusal frees no place.
    for _ in 0..5 {
        assert_eq!(handshake(&server, "/few", &[]).await.status, 503);
    }
    // Others have their own.
    RawClient::open(server.addr(), "/versions").await;

    first.send(router_tests::Frame::close(1000, "")).await;
    first.expect_close(1000, "").await;
    first.expect_end().await;
    drop(first);
    // The place is free when the session has ended, which is a moment after the client's end.
    router_tests::within("a place to be free", async {
        while handshake(&server, "/few", &[]).await.status == 503 {}
    })
    .await;
}

#[tokio::test]
async fn a_handshake_that_is_refused_takes_no_place() {
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
async fn above_max_subscriptions_subscribe_is_false() {
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
