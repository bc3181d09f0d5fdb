//! Types of messages that handlers can take, and that can be sent.

use std::borrow::Cow;

use router::{FromMessage, prelude::*};
use router_tests::{Client, Frame, Log, RawClient, Seen, Server, recorder};
use serde::{Deserialize, Serialize};

struct Borrowed;

#[websocket(path = "/borrowed", data = ())]
impl Borrowed {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(format!("text {text}"));
    }

    #[on(binary)]
    async fn binary(&self, ws: &mut Socket<()>, bytes: &[u8]) {
        ws.send(format!("binary {bytes:?}"));
    }
}

struct Owned;

#[websocket(path = "/owned", data = Vec<String>)]
impl Owned {
    #[on(text)]
    async fn text(&self, ws: &mut Socket<Vec<String>>, text: String) {
        ws.data.push(text);
        ws.send(ws.data.concat());
    }

    #[on(binary)]
    fn binary(&self, ws: &mut Socket<Vec<String>>, bytes: Bytes) {
        ws.send(bytes.slice(1..));
    }
}

struct Either;

#[websocket(path = "/either", data = ())]
impl Either {
    #[on(message)]
    async fn message(&self, ws: &mut Socket<()>, message: Message<'_>) {
        match message {
            Message::Text(text) => ws.send(format!("text {text}")),
            Message::Binary(bytes) => ws.send(bytes),
        };
    }
}

async fn server() -> Server {
    Server::start(Router::new().mount(Borrowed).mount(Owned).mount(Either)).await
}

#[tokio::test]
async fn messages_can_be_borrowed() {
    let server = server().await;
    let mut client = Client::connect(server.addr(), "/borrowed").await;
    client.ask("hello", "text hello").await;
    client.ask("", "text ").await;
    client.send(vec![1, 2]).await;
    client.expect_text("binary [1, 2]").await;
}

#[tokio::test]
async fn messages_can_be_owned() {
    let server = server().await;
    let mut client = Client::connect(server.addr(), "/owned").await;
    client.ask("a", "a").await;
    client.ask("b", "ab").await;
    client.send(vec![1, 2, 3]).await;
    assert_eq!(client.next_binary().await, [2, 3][..]);
}

#[tokio::test]
async fn one_handler_can_take_messages_of_both_kinds() {
    let server = server().await;
    let mut client = Client::connect(server.addr(), "/either").await;
    client.ask("hello", "text hello").await;
    client.send(vec![1, 2, 3]).await;
    assert_eq!(client.next_binary().await, [1, 2, 3][..]);
}

/// A command that borrows its words from the message.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
enum Command<'a> {
    Say {
        #[serde(borrow)]
        what: &'a str,
    },
    Add {
        a: i64,
        b: i64,
    },
}

#[derive(Serialize)]
struct Sum {
    sum: i64,
}

struct Typed {
    log: Log,
}

#[websocket(path = "/typed", data = ())]
impl Typed {
    #[on(text)]
    async fn command(&self, ws: &mut Socket<()>, command: Json<Command<'_>>) {
        match command.0 {
            Command::Say { what } => ws.send(what),
            Command::Add { a, b } => ws.send(Json(Sum { sum: a + b })),
        };
    }

    #[on(binary)]
    fn numbers(&self, ws: &mut Socket<()>, numbers: Json<Vec<i64>>) {
        let Json(numbers) = numbers;
        ws.send(Json(Sum {
            sum: numbers.iter().sum(),
        }));
    }

    #[on(error)]
    fn error(&self, ws: &mut Socket<()>, error: SocketError) {
        self.log.note(format!(
            "{:?} {}: {error}",
            error.event(),
            error.is_decode()
        ));
        ws.send("what?");
    }
}

#[tokio::test]
async fn json_is_decoded_before_the_handler() {
    let (log, _seen) = recorder();
    let server = Server::start(Router::new().mount(Typed { log })).await;
    let mut client = Client::connect(server.addr(), "/typed").await;
    client.ask(r#"{"do":"say","what":"hello"}"#, "hello").await;
    client
        .ask(r#"{"do":"add","a":2,"b":3}"#, r#"{"sum":5}"#)
        .await;
    client.send(b"[1,2,3,4]".to_vec()).await;
    client.expect_text(r#"{"sum":10}"#).await;
}

#[tokio::test]
async fn a_message_that_cannot_be_decoded_is_an_error_and_the_socket_stays_open() {
    let (log, mut seen) = recorder();
    let server = Server::start(Router::new().mount(Typed { log })).await;
    let mut client = Client::connect(server.addr(), "/typed").await;
    for text in [
        "",
        "{",
        r#"{"do":"fly"}"#,
        r#"{"do":"add","a":2}"#,
        r#"{"do":"add","a":2,"b":3}}"#,
    ] {
        client.ask(text, "what?").await;
        let event = seen.next().await;
        assert!(event.starts_with("Text true: "), "{text}: {event}");
    }
    client.send(b"nothing".to_vec()).await;
    client.expect_text("what?").await;
    let event = seen.next().await;
    assert!(event.starts_with("Binary true: "), "{event}");
    client
        .ask(r#"{"do":"add","a":2,"b":3}"#, r#"{"sum":5}"#)
        .await;
    seen.assert_silent();
}

/// A message type of the user.
struct Shouted(String);

impl<'m> FromMessage<'m> for Shouted {
    fn from_message(message: Message<'m>) -> Result<Self, router::BoxError> {
        match message {
            Message::Text(text) => Ok(Self(text.to_uppercase())),
            Message::Binary(_) => Err("only letters can be shouted".into()),
        }
    }
}

struct Crier {
    log: Log,
}

#[websocket(path = "/crier", data = ())]
impl Crier {
    #[on(message)]
    fn message(&self, ws: &mut Socket<()>, shouted: Shouted) {
        ws.send(shouted.0);
    }

    #[on(error)]
    fn error(&self, _ws: &mut Socket<()>, error: SocketError) {
        self.log.note(error.to_string());
    }
}

#[tokio::test]
async fn a_message_can_be_of_a_type_of_the_user() {
    let (log, mut seen) = recorder();
    let server = Server::start(Router::new().mount(Crier { log })).await;
    let mut client = Client::connect(server.addr(), "/crier").await;
    client.ask("hear", "HEAR").await;
    client.send(vec![1]).await;
    client.ask("still", "STILL").await;
    let event = seen.next().await;
    assert!(event.contains("only letters can be shouted"), "{event}");
}

struct TextOnly {
    log: Log,
}

#[websocket(path = "/text", data = ())]
impl TextOnly {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }

    #[on(close)]
    fn close(&self, _ws: &mut Socket<()>, code: CloseCode, reason: &str) {
        self.log.note(format!("close {code} {reason}"));
    }
}

struct BinaryOnly {
    log: Log,
}

#[websocket(path = "/binary", data = ())]
impl BinaryOnly {
    #[on(binary)]
    fn binary(&self, ws: &mut Socket<()>, bytes: &[u8]) {
        ws.send(bytes);
    }

    #[on(close)]
    fn close(&self, _ws: &mut Socket<()>, code: CloseCode, reason: &str) {
        self.log.note(format!("close {code} {reason}"));
    }
}

struct Listener {
    log: Log,
}

#[websocket(path = "/listener", data = ())]
impl Listener {
    #[on(close)]
    fn close(&self, _ws: &mut Socket<()>, code: CloseCode, reason: &str) {
        self.log.note(format!("close {code} {reason}"));
    }
}

async fn one_kind() -> (Server, Seen) {
    let (log, seen) = recorder();
    let router = Router::new()
        .mount(TextOnly { log: log.clone() })
        .mount(BinaryOnly { log: log.clone() })
        .mount(Listener { log });
    (Server::start(router).await, seen)
}

#[tokio::test]
async fn a_kind_of_message_that_a_module_does_not_take_is_1003() {
    let (server, mut seen) = one_kind().await;
    for (path, good, bad) in [
        ("/text", Frame::text("good"), Frame::binary("bad")),
        ("/text", Frame::text("good"), Frame::binary("")),
        ("/binary", Frame::binary("good"), Frame::text("bad")),
    ] {
        let mut client = RawClient::open(server.addr(), path).await;
        client.send_all(&[good.clone(), bad, good]).await;
        assert_eq!(client.frame().await.payload, b"good");
        let (code, reason) = client.close().await;
        assert_eq!(code, 1003, "{path}");
        client.expect_end().await;
        seen.expect(&format!("close 1003 {reason}")).await;
    }
}

#[tokio::test]
async fn a_module_that_takes_no_messages_ignores_them() {
    let (server, mut seen) = one_kind().await;
    let mut client = RawClient::open(server.addr(), "/listener").await;
    let frames = [
        Frame::text("hello?"),
        Frame::binary("anybody?"),
        Frame::text("frag").unfinished(),
        Frame::continuation("ment"),
        Frame::ping("there?"),
    ];
    client.send_all(&frames).await;
    assert_eq!(client.pong().await, b"there?");
    // An ignored text message must still be valid UTF-8.
    client.send(Frame::text(b"\xFF")).await;
    let (code, reason) = client.close().await;
    assert_eq!(code, 1007);
    seen.expect(&format!("close 1007 {reason}")).await;
}

struct Sender;

#[websocket(path = "/sender", data = ())]
impl Sender {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        let owned = "owned".to_owned();
        let array: &[u8; 2] = &[3, 4];
        ws.send("literal");
        ws.send(text);
        ws.send(&owned);
        ws.send(owned);
        ws.send(Cow::Borrowed("cow"));
        ws.send(Message::Text("message"));
        ws.send(Json(Sum { sum: 1 }));
        ws.send(&[1, 2][..]);
        ws.send(array);
        ws.send([5, 6]);
        ws.send(vec![7, 8]);
        ws.send(Bytes::from_static(&[9, 10]));
        ws.send(Message::Binary(&[11, 12]));
    }

    #[on(binary)]
    fn sizes(&self, ws: &mut Socket<()>) {
        let statuses = [
            ws.send("héllo"),
            ws.send(""),
            ws.send(Vec::<u8>::new()),
            ws.send("x".repeat(70_000)),
            ws.ping(b"1"),
            ws.pong(&[7; 125]),
            ws.ping(&[7; 126]),
            ws.pong(&[7; 126]),
        ];
        ws.send(format!("{statuses:?}"));
    }
}

#[tokio::test]
async fn every_type_of_message_can_be_sent() {
    let server = Server::start(Router::new().mount(Sender)).await;
    let mut client = Client::connect(server.addr(), "/sender").await;
    client.send("given").await;
    for text in [
        "literal",
        "given",
        "owned",
        "owned",
        "cow",
        "message",
        r#"{"sum":1}"#,
    ] {
        client.expect_text(text).await;
    }
    for bytes in [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10], [11, 12]] {
        assert_eq!(client.next_binary().await, bytes[..]);
    }
}

#[tokio::test]
async fn sent_is_the_length_of_the_payload_and_control_frames_are_at_most_125_bytes() {
    let server = Server::start(Router::new().mount(Sender)).await;
    let mut client = RawClient::open(server.addr(), "/sender").await;
    client.send(Frame::binary("")).await;
    client.expect_text("héllo").await;
    client.expect_text("").await;
    assert_eq!(client.binary().await, b"");
    assert_eq!(client.text().await.len(), 70_000);
    assert_eq!(client.ping().await, b"1");
    assert_eq!(client.pong().await, [7; 125]);
    let too_large = "Dropped(TooLarge)";
    let statuses = format!(
        "[Sent(6), Sent(0), Sent(0), Sent(70000), Sent(1), Sent(125), {too_large}, {too_large}]"
    );
    client.expect_text(&statuses).await;
}
