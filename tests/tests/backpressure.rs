//! `send` to a client that does not read: sent, queued and dropped messages, and the `drain` event.

use std::{sync::Arc, thread};

use parking_lot::Mutex;
use router::prelude::*;
use router_tests::{Frame, Log, RawClient, Seen, Server, recorder};
use tokio::task::yield_now;

/// The `backpressure_limit` of [`Flood`], in bytes.
const BACKPRESSURE_LIMIT: u64 = 256 * 1024;

/// The length of the longest [`message`], in bytes.
const LONGEST_MESSAGE: usize = 40_000;

/// Message number `n`. Some messages are small, and some are queued without a copy.
fn message(n: usize) -> String {
    let length = [100, 5_000, LONGEST_MESSAGE][n % 3];
    format!("{:.<length$}", format!("{n} "))
}

/// One `send`: the queued bytes before and after it, the length of its message, and its status.
struct Sent {
    before: usize,
    after: usize,
    length: usize,
    status: SendStatus,
}

struct Flood {
    log: Log,
    sent: Arc<Mutex<Vec<Sent>>>,
    handle: Arc<Mutex<Option<Handle>>>,
}

impl Flood {
    fn send(&self, ws: &Socket<usize>, message: String) -> SendStatus {
        let (before, length) = (ws.buffered(), message.len());
        let status = ws.send(message);
        self.sent.lock().push(Sent {
            before,
            after: ws.buffered(),
            length,
            status,
        });
        status
    }

    /// Sends the next message. Advances the message number in `ws.data` only if the message was accepted.
    fn send_next(&self, ws: &mut Socket<usize>) -> SendStatus {
        let status = self.send(ws, message(ws.data));
        if !status.is_dropped() {
            ws.data += 1;
        }
        status
    }
}

#[websocket(path = "/", data = usize, backpressure_limit = BACKPRESSURE_LIMIT)]
impl Flood {
    #[on(open)]
    fn open(&self, ws: &mut Socket<usize>) {
        *self.handle.lock() = Some(ws.handle());
    }

    #[on(text)]
    async fn text(&self, ws: &mut Socket<usize>, text: &str) {
        match text {
            // Sends until a message is dropped. Yielding lets the session write queued messages.
            "fill" => {
                while !self.send_next(ws).is_dropped() {
                    yield_now().await;
                }
                self.log.note(format!("full {}", ws.data));
            }
            // The same without yielding.
            "fill at once" => {
                while !self.send_next(ws).is_dropped() {}
                self.log.note(format!("full {}", ws.data));
            }
            // Sends until exactly the limit is queued, and then two small messages.
            "exactly" => {
                while !self.send_next(ws).is_queued() {
                    yield_now().await;
                }
                let room = |ws: &Socket<usize>| BACKPRESSURE_LIMIT as usize - ws.buffered();
                while room(ws) > 60_000 {
                    self.send(ws, "x".repeat(30_000));
                }
                // The header of this message has four bytes.
                let rest = room(ws) - 4;
                for message in ["x".repeat(rest), "y".to_owned(), "z".to_owned()] {
                    let status = self.send(ws, message);
                    self.log.note(format!("{status:?}"));
                }
                self.log
                    .note(format!("{:?}", ws.ping(b"never refused").is_queued()));
            }
            "fill and close" => {
                while !self.send_next(ws).is_dropped() {
                    yield_now().await;
                }
                ws.close(CloseCode::from(4000), "full");
                self.log.note(format!("full {}", ws.data));
            }
            _ => {
                ws.send(text);
            }
        }
    }

    #[on(drain)]
    fn drain(&self, ws: &mut Socket<usize>) {
        let buffered = ws.buffered();
        self.log
            .note(format!("drain at {buffered}, {:?}", ws.send("drained")));
    }

    #[on(close)]
    fn close(&self, _ws: &mut Socket<usize>, code: CloseCode, reason: &str) {
        self.log.note(format!("close {code} {reason}"));
    }
}

struct Fixture {
    server: Server,
    seen: Seen,
    sent: Arc<Mutex<Vec<Sent>>>,
    client: RawClient,
    handle: Handle,
}

impl Fixture {
    async fn new() -> Self {
        let (log, seen) = recorder();
        let (sent, handle) = (Arc::default(), Arc::new(Mutex::new(None)));
        let module = Flood {
            log,
            sent: Arc::clone(&sent),
            handle: handle.clone(),
        };
        let server = Server::start(Router::new().mount(module)).await;
        let mut client = RawClient::open_narrow(server.addr(), "/").await;
        client.ask("hello", "hello").await;
        let handle = handle
            .lock()
            .take()
            .expect("the socket was open when it answered");
        Self {
            server,
            seen,
            sent,
            client,
            handle,
        }
    }

    /// Sends a command. Returns the number of accepted messages when the handler has recorded it.
    async fn fill(&mut self, command: &str) -> usize {
        self.client.send(Frame::text(command)).await;
        let event = self.seen.next().await;
        let number = event
            .strip_prefix("full ")
            .unwrap_or_else(|| panic!("{event} after {command}"));
        number.parse().expect("a number of messages")
    }

    async fn expect_messages(&mut self, numbers: impl IntoIterator<Item = usize>) {
        for n in numbers {
            assert!(
                self.client.text().await == message(n),
                "message {n} is not what was sent"
            );
        }
    }

    async fn expect_drain(&mut self) {
        self.client.expect_text("drained").await;
        self.seen.expect("drain at 0, Sent(7)").await;
    }
}

#[tokio::test]
async fn messages_to_a_client_that_does_not_read_are_sent_then_queued_then_dropped() {
    let limit = BACKPRESSURE_LIMIT as usize;
    let mut fixture = Fixture::new().await;
    let accepted = fixture.fill("fill").await;

    let sent = std::mem::take(&mut *fixture.sent.lock());
    let in_order = sent.is_sorted_by_key(|sent| match sent.status {
        SendStatus::Sent(_) => 0,
        SendStatus::Queued { .. } => 1,
        SendStatus::Dropped(_) => 2,
    });
    assert!(in_order, "first sent, then queued, then dropped");
    assert!(sent[0].status.is_sent());
    assert_eq!(sent.len(), accepted + 1);
    assert!(sent[accepted - 1].status.is_queued());
    for Sent {
        before,
        after,
        length,
        status,
    } in sent
    {
        match status {
            SendStatus::Sent(payload) => assert_eq!((payload, before), (length, 0)),
            SendStatus::Queued { buffered } => {
                assert_eq!(buffered, after);
                assert!(before <= limit, "queued behind {before}");
            }
            SendStatus::Dropped(reason) => {
                assert_eq!((reason, after), (DropReason::Backpressure, before));
                // At most one message may exceed the limit.
                assert!(
                    limit < before && before <= limit + LONGEST_MESSAGE + 4,
                    "dropped behind {before}"
                );
            }
        }
    }
    assert_eq!(
        fixture.handle.send("refused, too"),
        SendStatus::Dropped(DropReason::Backpressure)
    );
    assert!(fixture.handle.buffered() > limit);

    fixture.expect_messages(0..accepted).await;
    fixture.expect_drain().await;
}

#[tokio::test]
async fn a_message_is_queued_at_exactly_the_limit_and_dropped_above_it() {
    let mut fixture = Fixture::new().await;
    fixture.client.send(Frame::text("exactly")).await;
    fixture
        .seen
        .expect(&format!("Queued {{ buffered: {BACKPRESSURE_LIMIT} }}"))
        .await;
    fixture
        .seen
        .expect(&format!(
            "Queued {{ buffered: {} }}",
            BACKPRESSURE_LIMIT + 3
        ))
        .await;
    fixture.seen.expect("Dropped(Backpressure)").await;
    fixture.seen.expect("true").await;
    // All accepted messages arrive. The Ping arrives between or after them.
    let sent = std::mem::take(&mut *fixture.sent.lock());
    let mut pings = 0;
    for sent in sent.iter().filter(|sent| !sent.status.is_dropped()) {
        let mut frame = fixture.client.frame().await;
        while frame.payload == b"never refused" {
            pings += 1;
            frame = fixture.client.frame().await;
        }
        assert_eq!(frame.payload.len(), sent.length);
    }
    while fixture.client.frame().await.payload == b"never refused" {
        pings += 1;
    }
    assert_eq!(pings, 1);
    fixture.seen.expect("drain at 0, Sent(7)").await;
}

#[tokio::test]
async fn drain_runs_once_per_backlog() {
    let mut fixture = Fixture::new().await;
    let mut next = 0;
    for command in ["fill", "fill at once", "fill"] {
        let accepted = fixture.fill(command).await;
        assert!(accepted > next);
        fixture.expect_messages(next..accepted).await;
        fixture.expect_drain().await;
        next = accepted;
    }
    fixture.client.ask("hello", "hello").await;
    let Fixture {
        server,
        client,
        mut seen,
        ..
    } = fixture;
    drop(client);
    seen.expect("close 1006 ").await;
    server.shutdown().await.unwrap();
    seen.assert_silent();
}

#[tokio::test]
async fn a_handler_that_fills_the_queue_without_yielding_loses_no_accepted_message() {
    let mut fixture = Fixture::new().await;
    let accepted = fixture.fill("fill at once").await;
    let sent = std::mem::take(&mut *fixture.sent.lock());
    assert_eq!(sent.len(), accepted + 1);
    assert_eq!(
        sent[accepted].status,
        SendStatus::Dropped(DropReason::Backpressure)
    );
    // Messages are dropped only after the kernel's buffer is full, so more than the limit is accepted.
    let total: usize = sent[..accepted].iter().map(|sent| sent.length).sum();
    assert!(
        total > BACKPRESSURE_LIMIT as usize + 2 * LONGEST_MESSAGE,
        "only {total} bytes were accepted"
    );
    fixture.expect_messages(0..accepted).await;
    fixture.expect_drain().await;
}

#[tokio::test]
async fn close_delivers_the_whole_backlog_before_the_close_frame() {
    let mut fixture = Fixture::new().await;
    let accepted = fixture.fill("fill and close").await;
    assert_eq!(
        fixture.handle.send("behind"),
        SendStatus::Dropped(DropReason::Closed)
    );
    fixture.expect_messages(0..accepted).await;
    fixture.client.expect_close(4000, "full").await;
    fixture.client.expect_end().await;
    fixture.seen.expect("close 4000 full").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backlog_made_by_another_thread_is_in_order_and_drains() {
    let mut fixture = Fixture::new().await;
    for _ in 0..2 {
        let handle = fixture.handle.clone();
        let thread = thread::spawn(move || {
            let accepted = (0..).take_while(|&n| !handle.send(message(n)).is_dropped());
            accepted.count()
        });
        // The client does not read while the thread sends, so a message is dropped and the thread ends.
        let accepted = tokio::task::spawn_blocking(|| thread.join().unwrap())
            .await
            .unwrap();
        let mut next = 0;
        loop {
            let text = fixture.client.text().await;
            if text != "drained" {
                assert!(text == message(next), "message {next} is not what was sent");
                next += 1;
                continue;
            }
            // `drain` also runs if the queue empties while the thread still sends. The last `drain` follows
            // the last message.
            assert!(fixture.seen.next().await.starts_with("drain at "));
            if next == accepted {
                break;
            }
        }
    }
}

/// A socket without a backpressure limit.
struct Patient;

#[websocket(path = "/", data = (), backpressure_limit = 0)]
impl Patient {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        for n in 0..24 {
            let large = format!("{n} {text}").repeat(512 * 1024);
            assert!(!ws.send(large).is_dropped());
        }
        // More than the default limit.
        assert!(ws.buffered() > 16 * 1024 * 1024);
        assert!(ws.send("end").is_queued());
    }
}

#[tokio::test]
async fn a_limit_of_zero_disables_the_limit() {
    let server = Server::start(Router::new().mount(Patient)).await;
    let mut client = RawClient::open_narrow(server.addr(), "/").await;
    client.send(Frame::text("")).await;
    for n in 0..24 {
        let text = client.text().await;
        assert!(text == format!("{n} ").repeat(512 * 1024), "message {n}");
    }
    client.expect_text("end").await;
}
