//! A client that sends a lot does not keep other clients waiting.

use std::time::{Duration, Instant};

use router::prelude::*;
use router_tests::{Deflater, Frame, Log, RawClient, Seen, Server, recorder};

struct Api(Log);

#[websocket(path = "/", data = (), per_message_deflate, max_payload_length = "1MB")]
impl Api {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        self.0.note(text);
        if text == "slow" {
            // Takes 1 ms, as a publish to a large topic may.
            let start = Instant::now();
            while start.elapsed() < Duration::from_millis(1) {}
        }
        ws.send(text);
    }

    #[on(binary)]
    fn binary(&self, ws: &mut Socket<()>, _bytes: &[u8]) {
        self.0.note("large");
        ws.send("large");
    }
}

async fn start() -> (Server, Seen) {
    let (log, seen) = recorder();
    (Server::start(Router::new().mount(Api(log))).await, seen)
}

/// Sends `flood` from one client, and then one message from another client. Returns the number of events of
/// the flood that are handled before the message of the other client.
async fn before_the_other(flood: &[u8], per_message: &str, count: usize) -> usize {
    let (server, mut seen) = start().await;
    let (busy, _) = RawClient::open_with(server.addr(), "/", "permessage-deflate").await;
    let mut other = RawClient::open(server.addr(), "/").await;
    other.ask("hello", "hello").await;
    seen.expect("hello").await;
    // Both writes reach the kernel before the server reads, because the server runs on this thread.
    assert_eq!(busy.try_write(flood), flood.len());
    let text = Frame::text("other").encode();
    assert_eq!(other.try_write(&text), text.len());
    other.expect_text("other").await;
    let mut before = 0;
    loop {
        match seen.next().await.as_str() {
            "other" => break,
            event => {
                assert_eq!(event, per_message);
                before += 1;
            }
        }
    }
    for _ in before..count {
        seen.expect(per_message).await;
    }
    before
}

#[tokio::test]
async fn a_batch_of_many_messages_yields_to_other_clients() {
    let flood: Vec<u8> = (0..2_000).flat_map(|_| Frame::text("x").encode()).collect();
    let before = before_the_other(&flood, "x", 2_000).await;
    assert!(before <= 128, "{before}");
}

#[tokio::test]
async fn a_batch_of_slow_messages_yields_to_other_clients() {
    let flood = Frame::text("slow").encode().repeat(100);
    let before = before_the_other(&flood, "slow", 100).await;
    assert!(before <= 8, "{before}");
}

#[tokio::test]
async fn messages_that_inflate_yield_to_other_clients() {
    let large = Deflater::new(15, false).message(&vec![0; 200_000]);
    let frame = Frame::binary(large).rsv(0b100).encode();
    let flood: Vec<u8> = (0..100).flat_map(|_| frame.clone()).collect();
    assert!(flood.len() < 64 * 1024);
    let before = before_the_other(&flood, "large", 100).await;
    assert!(before <= 2, "{before}");
}
