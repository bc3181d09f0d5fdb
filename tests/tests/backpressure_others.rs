//! The effects of a client that does not read: on publishes, on other clients, on the answers to its pings,
//! and on its own connection.

use router::prelude::*;
use router_tests::{Client, Frame, Log, RawClient, Seen, Server, message, opcode, recorder};

/// The `backpressure_limit` of both rooms, in bytes.
const BACKPRESSURE_LIMIT: u64 = 128 * 1024;

/// A room whose slow members miss messages.
struct Room {
    log: Log,
}

#[websocket(path = "/room", data = (), backpressure_limit = BACKPRESSURE_LIMIT)]
impl Room {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe("news");
        ws.send("welcome");
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        self.log.note(format!("{text} {}", ws.buffered()));
        ws.send(text);
    }

    #[on(drain)]
    fn drain(&self, ws: &mut Socket<()>) {
        ws.send("drained");
    }
}

/// A room that closes the connections of slow members.
struct StrictRoom {
    log: Log,
}

#[websocket(
    path = "/strict",
    data = usize,
    backpressure_limit = BACKPRESSURE_LIMIT,
    close_on_backpressure_limit = true
)]
impl StrictRoom {
    #[on(open)]
    fn open(&self, ws: &mut Socket<usize>) {
        ws.subscribe("news");
        ws.send("welcome");
    }

    #[on(text)]
    async fn text(&self, ws: &mut Socket<usize>) {
        loop {
            match ws.send(message(ws.data)) {
                SendStatus::Dropped(reason) => {
                    let then = ws.send("behind");
                    let open = ws.is_open();
                    self.log.note(format!(
                        "{reason:?} after {}, then {then:?}, {open}",
                        ws.data
                    ));
                    return;
                }
                _ => ws.data += 1,
            }
            tokio::task::yield_now().await;
        }
    }

    #[on(drain)]
    fn drain(&self, ws: &mut Socket<usize>) {
        ws.send("drained");
    }

    #[on(close)]
    fn close(&self, _ws: &mut Socket<usize>, code: CloseCode, reason: &str) {
        self.log.note(format!("close {code} {reason}"));
    }
}

async fn rooms() -> (Server, Seen) {
    let (log, seen) = recorder();
    let router = Router::new()
        .mount(Room { log: log.clone() })
        .mount(StrictRoom { log });
    (Server::start(router).await, seen)
}

/// One client that reads, and one that does not.
async fn reader_and_stalled(server: &Server, path: &str) -> (Client, RawClient) {
    let mut reader = Client::connect(server.addr(), "/room").await;
    reader.expect_text("welcome").await;
    let mut stalled = RawClient::open_narrow(server.addr(), path).await;
    stalled.expect_text("welcome").await;
    (reader, stalled)
}

#[tokio::test]
async fn a_publish_counts_the_members_that_miss_it_and_reaches_the_others() {
    let (server, _seen) = rooms().await;
    let (mut reader, mut stalled) = reader_and_stalled(&server, "/room").await;
    let mut accepted = Vec::new();
    let (mut sum, mut missed) = ((0, 0), 0);
    for n in 0.. {
        let published = server.hub().publish("news", message(n));
        assert_eq!(published.receivers(), 2);
        assert!(
            published.delivered >= 1 && published.dropped <= 1,
            "{published:?}"
        );
        assert!(
            reader.next_text().await == message(n),
            "message {n} differs from the published one"
        );
        sum = (sum.0 + published.delivered, sum.1 + published.queued);
        if published.dropped == 0 {
            accepted.push(n);
        } else {
            missed += 1;
            if missed == 10 {
                break;
            }
        }
    }
    assert_eq!(sum.0 + sum.1, 2 * accepted.len() + missed);
    assert!(sum.1 > 0, "some were queued before any was dropped");
    for n in accepted {
        assert!(
            stalled.text().await == message(n),
            "message {n} differs from the published one"
        );
    }
    stalled.expect_text("drained").await;
    assert_eq!(server.hub().publish("news", "the last").delivered, 2);
    stalled.expect_text("the last").await;
    reader.expect_text("the last").await;
}

#[tokio::test]
async fn a_publish_that_a_strict_room_drops_closes_the_connection_that_missed_it() {
    let (server, mut seen) = rooms().await;
    let (mut reader, mut stalled) = reader_and_stalled(&server, "/strict").await;
    let mut accepted = 0;
    loop {
        let published = server.hub().publish("news", message(accepted));
        assert!(reader.next_text().await == message(accepted));
        if published.dropped == 1 {
            break;
        }
        assert_eq!(published.receivers(), 2);
        accepted += 1;
    }
    // A closing connection is not counted as a receiver.
    assert_eq!(server.hub().publish("news", "the last").receivers(), 1);
    reader.expect_text("the last").await;
    for n in 0..accepted {
        assert!(
            stalled.text().await == message(n),
            "message {n} differs from the published one"
        );
    }
    let (code, reason) = stalled.close().await;
    assert_eq!(code, 1013);
    stalled.expect_end().await;
    seen.expect(&format!("close 1013 {reason}")).await;
    assert_eq!(server.hub().subscriber_count("news"), 1);
}

#[tokio::test]
async fn a_send_that_a_strict_room_drops_closes_the_connection_after_the_accepted_messages() {
    let (server, mut seen) = rooms().await;
    let (mut reader, mut stalled) = reader_and_stalled(&server, "/strict").await;
    stalled.send(Frame::text("fill")).await;
    let event = seen.next().await;
    let rest = event
        .strip_prefix("Backpressure after ")
        .unwrap_or_else(|| panic!("{event}"));
    let (accepted, then) = rest.split_once(", ").unwrap();
    assert_eq!(then, "then Dropped(Closed), false");
    for n in 0..accepted.parse::<usize>().unwrap() {
        assert!(
            stalled.text().await == message(n),
            "message {n} differs from the sent one"
        );
    }
    let (code, reason) = stalled.close().await;
    assert_eq!(code, 1013);
    stalled.expect_end().await;
    seen.expect(&format!("close 1013 {reason}")).await;
    reader.ask("hello", "hello").await;
}

#[tokio::test]
async fn at_most_one_pong_waits_for_a_client_that_does_not_read() {
    const BLOCKS: usize = 128;
    const PINGS_PER_BLOCK: usize = 1000;
    let (server, mut seen) = rooms().await;
    let (mut reader, mut stalled) = reader_and_stalled(&server, "/room").await;
    let block: Vec<u8> = Frame::ping([7; 125]).encode().repeat(PINGS_PER_BLOCK);
    for _ in 0..BLOCKS {
        stalled.write(&block).await;
    }
    stalled
        .send_all(&[Frame::ping("the last"), Frame::text("done")])
        .await;
    // All pings have been handled, and their answers do not fit into the kernel's buffers.
    let event = seen.next().await;
    let buffered = event
        .strip_prefix("done ")
        .unwrap_or_else(|| panic!("{event}"));
    let buffered: u64 = buffered.parse().unwrap();
    assert!(
        0 < buffered && buffered < BACKPRESSURE_LIMIT,
        "{buffered} bytes wait for the client"
    );
    reader.ask("hello", "hello").await;
    // The newest ping is always answered.
    let mut answers = 0;
    loop {
        let frame = stalled.frame().await;
        match frame.opcode {
            opcode::PONG if frame.payload == b"the last" => break,
            opcode::PONG => answers += 1,
            // The answer to the text may arrive before the last Pong, because a waiting Pong is not part of
            // the queue.
            _ => assert_eq!(frame.payload, b"done"),
        }
    }
    assert!(
        answers < BLOCKS * PINGS_PER_BLOCK,
        "every ping was answered"
    );
}
