//! `max_payload_length`: a longer message is refused with 1009 before it is stored.

use router::prelude::*;
use router_tests::{
    Frame, Log, RawClient, Seen, Server, assert_violation, assert_violation_of, recorder,
};

struct Thousand {
    log: Log,
}

impl Thousand {
    fn new() -> (Self, Seen) {
        let (log, seen) = recorder();
        (Self { log }, seen)
    }
}

#[websocket(path = "/", data = (), max_payload_length = 1000)]
impl Thousand {
    #[on(message)]
    fn message(&self, ws: &mut Socket<()>, message: Message<'_>) {
        ws.send(message);
    }

    #[on(close)]
    fn close(&self, _ws: &mut Socket<()>, code: CloseCode, reason: &str) {
        self.log.note(format!("close {code} {reason}"));
    }
}

async fn thousand() -> Server {
    Server::start(Router::new().mount(Thousand::new().0)).await
}

async fn assert_too_big(bytes: &[u8]) {
    let (module, seen) = Thousand::new();
    assert_violation_of(module, seen, bytes, 1009).await;
}

#[tokio::test]
async fn a_message_of_exactly_the_limit_is_accepted() {
    let server = thousand().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let text = "x".repeat(1000);
    client.ask(&text, &text).await;
    client.send(Frame::binary(text.as_str())).await;
    assert_eq!(client.binary().await, text.as_bytes());
}

#[tokio::test]
async fn a_message_one_byte_above_the_limit_is_1009() {
    assert_too_big(&Frame::text("x".repeat(1001)).encode()).await;
    assert_too_big(&Frame::binary([7; 1001]).encode()).await;
}

#[tokio::test]
async fn a_message_above_the_limit_is_refused_when_its_header_arrives() {
    assert_too_big(&Frame::text("").declare(1001).encode()).await;
    assert_too_big(&Frame::binary("").declare(70_000).encode()).await;
    assert_violation(
        &Frame::text("").declare(16 * 1024 * 1024 + 1).encode(),
        1009,
    )
    .await;
    assert_violation(&Frame::binary("").declare(1 << 62).encode(), 1009).await;
}

#[tokio::test]
async fn fragments_of_exactly_the_limit_in_total_are_accepted() {
    let server = thousand().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let frames = [
        Frame::text("x".repeat(999)).unfinished(),
        Frame::continuation("").unfinished(),
        Frame::continuation("y").unfinished(),
        Frame::continuation(""),
    ];
    client.send_all(&frames).await;
    assert_eq!(client.text().await, format!("{}y", "x".repeat(999)));
    // The count starts again with each message.
    client.send_all(&frames).await;
    assert_eq!(client.text().await.len(), 1000);
}

#[tokio::test]
async fn fragments_one_byte_above_the_limit_in_total_are_1009() {
    let frames = [
        Frame::binary([7; 1000]).unfinished(),
        Frame::continuation("y"),
    ];
    assert_too_big(&frames.iter().flat_map(Frame::encode).collect::<Vec<_>>()).await;
    let frames = [
        Frame::text("x".repeat(500)).unfinished(),
        Frame::continuation("x".repeat(500)).unfinished(),
        // Only the header of this fragment is sent.
        Frame::continuation("").declare(1),
    ];
    assert_too_big(&frames.iter().flat_map(Frame::encode).collect::<Vec<_>>()).await;
    let mut many: Vec<Frame> = vec![Frame::text("x").unfinished()];
    many.extend((0..1000).map(|_| Frame::continuation("x").unfinished()));
    assert_too_big(&many.iter().flat_map(Frame::encode).collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn control_frames_do_not_count_towards_the_limit() {
    let server = thousand().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.send(Frame::text("x".repeat(999)).unfinished()).await;
    for _ in 0..20 {
        client.send(Frame::ping([7; 125])).await;
        assert_eq!(client.pong().await, [7; 125]);
    }
    client.send(Frame::continuation("y")).await;
    assert_eq!(client.text().await.len(), 1000);
}

struct Nothing {
    log: Log,
}

#[websocket(path = "/", data = (), max_payload_length = 0)]
impl Nothing {
    #[on(message)]
    fn message(&self, ws: &mut Socket<()>, message: Message<'_>) {
        ws.send(message);
    }

    #[on(close)]
    fn close(&self, _ws: &mut Socket<()>, code: CloseCode, reason: &str) {
        self.log.note(format!("close {code} {reason}"));
    }
}

#[tokio::test]
async fn a_limit_of_zero_accepts_empty_messages_and_control_frames() {
    let (log, seen) = recorder();
    let server = Server::start(Router::new().mount(Nothing { log: log.clone() })).await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.ask("", "").await;
    client
        .send_all(&[Frame::binary("").unfinished(), Frame::continuation("")])
        .await;
    assert_eq!(client.binary().await, b"");
    client.send(Frame::ping([7; 125])).await;
    assert_eq!(client.pong().await, [7; 125]);
    assert_violation_of(Nothing { log }, seen, &Frame::text("x").encode(), 1009).await;
}

struct Length;

#[websocket(path = "/", data = ())]
impl Length {
    #[on(binary)]
    fn binary(&self, ws: &mut Socket<()>, bytes: &[u8]) {
        ws.send(bytes.len().to_string());
    }
}

#[tokio::test]
async fn the_default_limit_is_sixteen_mebibytes() {
    const MAX_PAYLOAD: usize = 16 * 1024 * 1024;
    let server = Server::start(Router::new().mount(Length)).await;
    let mut client = RawClient::open(server.addr(), "/").await;
    // A mask of zeros leaves the payload unchanged.
    let header = Frame::binary("")
        .mask([0; 4])
        .declare(MAX_PAYLOAD as u64)
        .encode();
    client.write(&header).await;
    client.write(&vec![7; MAX_PAYLOAD]).await;
    client.expect_text(&MAX_PAYLOAD.to_string()).await;
    client
        .send(Frame::binary("").declare(MAX_PAYLOAD as u64 + 1))
        .await;
    assert_eq!(client.close().await.0, 1009);
}
