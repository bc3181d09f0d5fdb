//! Errors and panics of handlers: how they are reported, and whether the socket stays open.

use router::{HandlerResult, prelude::*};
use router_tests::{Client, Frame, Log, RawClient, Seen, Server, recorder};

#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("no {0} today")]
    SoldOut(String),
    #[error(transparent)]
    NotANumber(#[from] std::num::ParseIntError),
}

/// A module whose handlers fail as the message requests.
struct Fallible {
    log: Log,
}

#[websocket(path = "/", data = String)]
impl Fallible {
    #[on(text)]
    async fn text(&self, ws: &mut Socket<String>, text: &str) -> Result<(), Refusal> {
        match text.split_once(' ').unwrap_or((text, "")) {
            ("buy", what) => return Err(Refusal::SoldOut(what.to_owned())),
            ("double", number) => {
                let number: i32 = number.parse()?;
                ws.send((2 * number).to_string());
            }
            ("panic", "now") => panic!("a panic at once"),
            ("panic", _) => {
                ws.data = "half-changed".to_owned();
                ws.send("before the panic");
                tokio::task::yield_now().await;
                panic!("a panic {}", "later");
            }
            _ => {
                ws.send(text);
            }
        }
        Ok(())
    }

    #[on(binary)]
    fn binary(&self, ws: &mut Socket<String>, bytes: &[u8]) -> Result<(), &'static str> {
        if bytes.is_empty() {
            return Err("nothing");
        }
        if bytes == b"panic" {
            panic!("a panic of a sync handler");
        }
        ws.send(bytes);
        Ok(())
    }

    #[on(pong)]
    fn pong(&self, _ws: &mut Socket<String>, payload: &[u8]) -> HandlerResult {
        let _number: u8 = str::from_utf8(payload)?.parse()?;
        Ok(())
    }

    #[on(ping)]
    fn ping(&self, _ws: &mut Socket<String>, payload: &[u8]) -> Result<(), String> {
        if payload.is_empty() {
            Ok(())
        } else {
            Err("unheard of".to_owned())
        }
    }

    #[on(close)]
    fn close(&self, ws: &mut Socket<String>, code: CloseCode, reason: &str) -> Result<(), String> {
        self.log
            .note(format!("close {code} {reason} {}", ws.data).trim_end());
        Err("one last word".to_owned())
    }

    #[on(error)]
    async fn error(&self, ws: &mut Socket<String>, error: SocketError) {
        tokio::task::yield_now().await;
        let kind = match () {
            () if error.is_handler() => "handler",
            () if error.is_decode() => "decode",
            () if error.is_panic() => "panic",
            () => "other",
        };
        self.log.note(format!("{:?} {kind} {error}", error.event()));
        ws.send("sorry");
    }
}

async fn fallible() -> (Server, Seen) {
    let (log, seen) = recorder();
    (
        Server::start(Router::new().mount(Fallible { log })).await,
        seen,
    )
}

/// Asserts that the next event is an error of this kind, and contains `text`.
async fn expect_error(seen: &mut Seen, kind: &str, text: &str) {
    let event = seen.next().await;
    assert!(
        event.starts_with(kind) && event.contains(text),
        "{event:?} is not {kind} {text:?}"
    );
}

#[tokio::test]
async fn an_error_reaches_on_error_and_the_socket_stays_open() {
    let (server, mut seen) = fallible().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.ask("buy milk", "sorry").await;
    expect_error(&mut seen, "Text handler ", "no milk today").await;
    client.ask("double x", "sorry").await;
    expect_error(&mut seen, "Text handler ", "invalid digit found in string").await;
    client.send(Frame::binary("")).await;
    client.expect_text("sorry").await;
    expect_error(&mut seen, "Binary handler ", "nothing").await;
    client.send(Frame::ping("x")).await;
    assert_eq!(client.pong().await, b"x");
    client.expect_text("sorry").await;
    expect_error(&mut seen, "Ping handler ", "unheard of").await;
    client.send(Frame::pong("7")).await;
    client.send(Frame::pong("seven")).await;
    client.expect_text("sorry").await;
    expect_error(&mut seen, "Pong handler ", "invalid digit found in string").await;
    client.ask("double 4", "8").await;
    client.send(Frame::close(1000, "bye")).await;
    seen.expect("close 1000 bye").await;
    expect_error(&mut seen, "Close handler ", "one last word").await;
    client.expect_close(1000, "bye").await;
}

#[tokio::test]
async fn an_error_does_not_hold_up_the_messages_behind_it() {
    let (server, _seen) = fallible().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let frames = [
        Frame::text("buy a"),
        Frame::text("double 1"),
        Frame::text("buy b"),
    ];
    client.send_all(&frames).await;
    for text in ["sorry", "2", "sorry"] {
        client.expect_text(text).await;
    }
}

#[tokio::test]
async fn a_panic_reaches_on_error_and_closes_its_socket_with_1011() {
    let (server, mut seen) = fallible().await;
    let mut other = Client::connect(server.addr(), "/").await;
    other.ask("hello", "hello").await;
    for (frame, kind, text) in [
        (Frame::text("panic now"), "Text panic ", "a panic at once"),
        (
            Frame::binary("panic"),
            "Binary panic ",
            "a panic of a sync handler",
        ),
    ] {
        let mut client = RawClient::open(server.addr(), "/").await;
        // Messages after the panic are discarded.
        client.send_all(&[frame, Frame::text("behind")]).await;
        client.expect_text("sorry").await;
        let (code, reason) = client.close().await;
        assert_eq!(code, 1011);
        client.expect_end().await;
        expect_error(&mut seen, kind, text).await;
        seen.expect(format!("close 1011 {reason}").trim_end()).await;
        expect_error(&mut seen, "Close handler ", "one last word").await;
        other.ask("hello", "hello").await;
    }
}

#[tokio::test]
async fn messages_and_data_from_before_a_panic_are_kept() {
    let (server, mut seen) = fallible().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.ask("panic later", "before the panic").await;
    client.expect_text("sorry").await;
    let (code, reason) = client.close().await;
    assert_eq!(code, 1011);
    client.expect_end().await;
    expect_error(&mut seen, "Text panic ", "a panic later").await;
    seen.expect(&format!("close 1011 {reason} half-changed"))
        .await;
}

/// Panics in the handler of `event`.
struct PanicsIn {
    event: &'static str,
    log: Log,
}

#[websocket(path = "/", data = ())]
impl PanicsIn {
    #[on(open)]
    async fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe("news");
        ws.send("welcome");
        assert_ne!(self.event, "open", "this is what the test is about");
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) -> Result<(), String> {
        ws.send(text);
        Err("an error for everybody".to_owned())
    }

    #[on(close)]
    fn close(&self, _ws: &mut Socket<()>, code: CloseCode) {
        self.log.note(format!("close {code}"));
        assert_ne!(self.event, "close", "this is what the test is about");
    }

    #[on(error)]
    fn error(&self, _ws: &mut Socket<()>, _error: SocketError) {
        self.log.note("error");
        assert_ne!(self.event, "error", "this is what the test is about");
    }
}

async fn panics_in(event: &'static str) -> (Server, Seen) {
    let (log, seen) = recorder();
    (
        Server::start(Router::new().mount(PanicsIn { event, log })).await,
        seen,
    )
}

#[tokio::test]
async fn a_panic_in_open_is_1011() {
    let (server, mut seen) = panics_in("open").await;
    for _ in 0..2 {
        let mut client = RawClient::open(server.addr(), "/").await;
        client.expect_text("welcome").await;
        assert_eq!(client.close().await.0, 1011);
        client.expect_end().await;
        seen.expect("error").await;
        seen.expect("close 1011").await;
        assert_eq!(server.hub().subscriber_count("news"), 0);
    }
}

#[tokio::test]
async fn a_panic_in_close_does_not_disturb_the_close_handshake() {
    let (server, mut seen) = panics_in("close").await;
    for _ in 0..2 {
        let mut client = RawClient::open(server.addr(), "/").await;
        client.expect_text("welcome").await;
        client.send(Frame::close(1000, "")).await;
        client.expect_close(1000, "").await;
        client.expect_end().await;
        seen.expect("close 1000").await;
        seen.expect("error").await;
        assert_eq!(server.hub().subscriber_count("news"), 0);
    }
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_panic_in_error_does_not_affect_other_sockets() {
    let (server, mut seen) = panics_in("error").await;
    let mut other = RawClient::open(server.addr(), "/").await;
    other.expect_text("welcome").await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.expect_text("welcome").await;
    client.ask("hello", "hello").await;
    seen.expect("error").await;
    other.ask("still there", "still there").await;
    seen.expect("error").await;
    drop((client, other));
    server.shutdown().await.unwrap();
}

/// A module without `#[on(error)]`.
struct Careless;

#[websocket(path = "/", data = ())]
impl Careless {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) -> Result<(), router::BoxError> {
        let number: i32 = text.parse()?;
        ws.send(number.to_string());
        Ok(())
    }
}

#[tokio::test]
async fn an_error_leaves_the_socket_open_without_on_error() {
    let server = Server::start(Router::new().mount(Careless)).await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.send(Frame::text("x")).await;
    client.ask("7", "7").await;
}
