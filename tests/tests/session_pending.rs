//! While a handler waits, its connection keeps working, except that the next message is not read.

use std::sync::Arc;

use router::prelude::*;
use router_tests::{Client, Frame, Log, RawClient, Seen, Server, recorder};
use tokio::sync::Notify;

struct Slow {
    log: Log,
    gate: Arc<Notify>,
}

#[websocket(path = "/", data = ())]
impl Slow {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe("news");
    }

    #[on(text)]
    async fn text(&self, ws: &mut Socket<()>, text: &str) {
        match text {
            "wait" => {
                ws.send("waiting");
                self.gate.notified().await;
                self.log.note(format!("open {}", ws.is_open()));
                ws.send("waited");
            }
            "wait for the end" => {
                ws.send("waiting");
                let closed = ws.closed();
                closed.await;
                self.log.note(format!(
                    "open {}, subscribed {}",
                    ws.is_open(),
                    ws.subscribe("x")
                ));
                self.log.note(format!("{:?}", ws.send("too late")));
                self.gate.notified().await;
                self.log.note("done");
            }
            _ => {
                ws.send(text);
            }
        }
    }

    #[on(close)]
    fn close(&self, _ws: &mut Socket<()>, code: CloseCode, reason: &str) {
        self.log.note(format!("close {code} {reason}"));
    }
}

async fn slow() -> (Server, Seen, Arc<Notify>) {
    let (log, seen) = recorder();
    let gate = Arc::new(Notify::new());
    let module = Slow {
        log,
        gate: gate.clone(),
    };
    (Server::start(Router::new().mount(module)).await, seen, gate)
}

/// Connects a client, and sends `text`, which makes the handler wait. Returns when the handler has begun.
async fn waiting(server: &Server, text: &str) -> RawClient {
    let mut client = RawClient::open(server.addr(), "/").await;
    client.ask(text, "waiting").await;
    client
}

#[tokio::test]
async fn messages_sent_before_a_handler_waits_are_written() {
    let (server, mut seen, gate) = slow().await;
    let mut client = waiting(&server, "wait").await;
    gate.notify_one();
    client.expect_text("waited").await;
    seen.expect("open true").await;
}

#[tokio::test]
async fn pings_are_answered_while_a_handler_waits() {
    let (server, _seen, gate) = slow().await;
    let mut client = waiting(&server, "wait").await;
    for n in 0..10 {
        client.send(Frame::ping([n])).await;
        assert_eq!(client.pong().await, [n]);
    }
    gate.notify_one();
    client.expect_text("waited").await;
}

#[tokio::test]
async fn published_messages_arrive_while_a_handler_waits() {
    let (server, _seen, gate) = slow().await;
    let mut client = waiting(&server, "wait").await;
    for n in 0..10 {
        let news = format!("news {n}");
        assert_eq!(server.hub().publish("news", &news).delivered, 1);
        client.expect_text(&news).await;
    }
    gate.notify_one();
    client.expect_text("waited").await;
}

#[tokio::test]
async fn the_next_message_and_the_frames_after_it_are_read_when_the_handler_is_done() {
    let (server, _seen, gate) = slow().await;
    let mut client = waiting(&server, "wait").await;
    let frames = [
        Frame::ping("before"),
        Frame::text("next"),
        Frame::ping("behind"),
    ];
    client.send_all(&frames).await;
    assert_eq!(client.pong().await, b"before");
    // These round trips give the server time to read. It would answer the second Ping now if it read past
    // the message.
    let mut other = Client::connect(server.addr(), "/").await;
    for _ in 0..20 {
        other.ask("hello", "hello").await;
    }
    gate.notify_one();
    client.expect_text("waited").await;
    client.expect_text("next").await;
    assert_eq!(client.pong().await, b"behind");
}

#[tokio::test]
async fn reading_pauses_while_a_handler_waits() {
    // More bytes than the kernel buffers for both ends.
    const MORE_THAN_KERNEL_BUFFERS: usize = 64 * 1024 * 1024;
    let (server, _seen, gate) = slow().await;
    let mut client = waiting(&server, "wait").await;
    let mut other = Client::connect(server.addr(), "/").await;
    let message = Frame::text("x".repeat(64 * 1024)).encode();
    let (mut written, mut rounds) = (0, 0);
    let mut rest = &message[..];
    while written < MORE_THAN_KERNEL_BUFFERS && rounds < 100 {
        match client.try_write(rest) {
            0 => {
                // This round trip gives the server time to read.
                other.ask("hello", "hello").await;
                rounds += 1;
            }
            n => {
                written += n;
                rounds = 0;
                rest = if n == rest.len() {
                    &message
                } else {
                    &rest[n..]
                };
            }
        }
    }
    assert!(
        written < MORE_THAN_KERNEL_BUFFERS,
        "the server read on while its handler waited"
    );
    gate.notify_one();
    client.expect_text("waited").await;
}

#[tokio::test]
async fn a_close_is_noticed_while_a_handler_waits() {
    let (server, mut seen, gate) = slow().await;
    let mut client = waiting(&server, "wait for the end").await;
    client.send(Frame::close(1000, "bye")).await;
    client.expect_close(1000, "bye").await;
    client.expect_end().await;
    seen.expect("open false, subscribed false").await;
    seen.expect("Dropped(Closed)").await;
    assert_eq!(server.hub().subscriber_count("news"), 0);
    // The handler is not cancelled, and the close handler runs only after it.
    gate.notify_one();
    seen.expect("done").await;
    seen.expect("close 1000 bye").await;
}

#[tokio::test]
async fn the_end_of_the_connection_is_noticed_while_a_handler_waits() {
    let (server, mut seen, gate) = slow().await;
    let client = waiting(&server, "wait for the end").await;
    drop(client);
    seen.expect("open false, subscribed false").await;
    seen.expect("Dropped(Closed)").await;
    assert_eq!(server.hub().subscriber_count("news"), 0);
    gate.notify_one();
    seen.expect("done").await;
    seen.expect("close 1006 ").await;
}

#[tokio::test]
async fn a_close_behind_pings_is_noticed_while_a_handler_waits() {
    let (server, mut seen, gate) = slow().await;
    let mut client = waiting(&server, "wait for the end").await;
    let frames = [
        Frame::ping("a"),
        Frame::pong("b"),
        Frame::ping("c"),
        Frame::close(4000, "d"),
    ];
    client.send_all(&frames).await;
    assert_eq!(client.pong().await, b"a");
    assert_eq!(client.pong().await, b"c");
    client.expect_close(4000, "d").await;
    seen.expect("open false, subscribed false").await;
    seen.expect("Dropped(Closed)").await;
    gate.notify_one();
    seen.expect("done").await;
    seen.expect("close 4000 d").await;
}

#[tokio::test]
async fn a_partially_received_message_is_kept_while_a_handler_waits() {
    let (server, _seen, gate) = slow().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    // The first message, and the beginning of the second, in one segment.
    let text = "the second message";
    let second = Frame::text(text).encode();
    let first = [Frame::text("wait").encode(), second[..7].to_vec()].concat();
    client.write(&first).await;
    client.expect_text("waiting").await;
    client.write(&second[7..12]).await;
    gate.notify_one();
    client.expect_text("waited").await;
    client.write(&second[12..]).await;
    client.expect_text(text).await;
}
