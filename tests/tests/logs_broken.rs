//! A log that cannot be written, for example because the reader of standard error has ended. The server
//! continues without the log.

use router::prelude::*;
use router_tests::{Client, RawClient, Server, get, request};
use std::panic::panic_any;
use tracing::{
    Event, Metadata, Subscriber,
    span::{Attributes, Id, Record},
    subscriber::set_default,
};

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("this is what the test is about");
    }
}

/// A subscriber that panics: for `AtEvents` in `event`, for `WhenAsked` in `enabled`, and for `WithABomb` in
/// `event` with a [`Bomb`] as the payload of the panic.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Breaks {
    AtEvents,
    WhenAsked,
    WithABomb,
}

impl Subscriber for Breaks {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let is_ours = metadata.target().starts_with("router");
        assert!(!is_ours || *self != Self::WhenAsked, "the log is gone");
        is_ours
    }

    fn register_callsite(&self, _: &'static Metadata<'static>) -> tracing::subscriber::Interest {
        tracing::subscriber::Interest::sometimes()
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        if *self == Self::WithABomb {
            panic_any(Bomb);
        }
        panic!("the log is gone");
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Api;

#[websocket(path = "/ws", data = (), origins = ["https://good.example", "no-origin"])]
impl Api {
    #[route(get, "/page")]
    fn page(&self) -> &'static str {
        "a page"
    }

    #[route(get, "/panic")]
    fn panic(&self) -> &'static str {
        panic!("this is what the test is about");
    }

    #[route(get, "/late-panic")]
    async fn late_panic(&self) -> &'static str {
        tokio::task::yield_now().await;
        panic!("this is what the test is about");
    }

    #[route(get, "/liar")]
    fn liar(&self) -> Result<(), (StatusCode, &'static str)> {
        Err((StatusCode::OK, "all is well"))
    }

    #[route(get, "/bad-header")]
    fn bad_header(&self) -> ([(&'static str, &'static str); 1], &'static str) {
        ([("bad\n", "x")], "x")
    }

    #[route(get, "/bad-length")]
    fn bad_length(&self) -> ([(&'static str, &'static str); 1], &'static str) {
        ([("content-length", "3")], "longer than three")
    }

    #[route(get, "/continue")]
    fn r#continue(&self) -> StatusCode {
        StatusCode::CONTINUE
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) -> Result<(), String> {
        match text {
            "fail" => return Err("this is what the test is about".to_owned()),
            "panic" => panic!("this is what the test is about"),
            _ => ws.send(text),
        };
        Ok(())
    }
}

async fn check(broken: Breaks) {
    let _guard = set_default(broken);
    let router = Router::new().mount(Api).background(|_, stop| async move {
        stop.stopped().await;
        panic!("this is what the test is about");
    });
    let server = Server::start(router).await;

    let mut open = Client::connect(server.addr(), "/ws").await;
    open.ask("hello", "hello").await;
    let mut client = RawClient::connect(server.addr()).await;
    for (path, status) in [
        ("/page", 200),
        ("/nothing", 404),
        ("/panic", 500),
        ("/late-panic", 500),
        ("/liar", 500),
        ("/bad-header", 500),
        ("/bad-length", 200),
        ("/continue", 500),
        ("/ws", 426),
        ("/page", 200),
    ] {
        let reply = client.request("GET", path, &[], b"").await;
        assert_eq!(reply.status, status, "{path}");
    }
    let reply = request(server.addr(), "POST", "/page", &[], b"").await;
    assert_eq!(reply.status, 405);
    for _ in 0..2 {
        let evil = [("Origin", "https://evil.example")];
        assert_eq!(client.handshake("/ws", &evil).await.status, 403);
        let good = [
            ("Origin", "https://good.example"),
            ("Sec-WebSocket-Version", "8"),
        ];
        assert_eq!(client.handshake("/ws", &good).await.status, 426);
    }
    let mut failing = Client::connect(server.addr(), "/ws").await;
    failing.send("fail").await;
    failing.ask("hello", "hello").await;
    failing.send("panic").await;
    assert_eq!(failing.next_close().await.0, 1011);
    failing.expect_end().await;
    let mut garbage = RawClient::connect(server.addr()).await;
    garbage.write(b"this is not HTTP\r\n\r\n").await;
    garbage.expect_gone().await;
    // The server still accepts connections, and the first socket is still open.
    assert_eq!(get(server.addr(), "/page").await.text(), "a page");
    open.ask("still", "still").await;

    drop(client);
    let closing = tokio::spawn(async move {
        open.expect_close(1001, "server shutting down").await;
        open.expect_end().await;
    });
    server.shutdown().await.unwrap();
    closing.await.unwrap();
}

#[tokio::test]
async fn a_server_continues_after_a_panic_of_the_log() {
    check(Breaks::AtEvents).await;
}

#[tokio::test]
async fn a_server_continues_after_a_panic_of_the_log_in_enabled() {
    check(Breaks::WhenAsked).await;
}

#[tokio::test]
async fn a_server_continues_if_dropping_the_payload_of_the_panic_panics_too() {
    check(Breaks::WithABomb).await;
}
