//! `Router::memory_limit`: which memory is counted, and what happens when the limit is exceeded.
//!
//! The memory of the whole process is counted, so only one test runs at a time.

use router::prelude::*;
use router_tests::{Deflater, Frame, PATIENCE, RawClient, Reply, Server, opcode, request_bytes};
use std::sync::{Arc, LazyLock};
use tokio::{
    sync::{Mutex, MutexGuard, Notify},
    task::yield_now,
    time::timeout,
};

const MIB: usize = 1024 * 1024;

/// The limit of most tests, in bytes.
const MEMORY_LIMIT: usize = 48 * MIB;

/// A limit of 1 TiB, which no test reaches.
const HIGH_MEMORY_LIMIT: usize = 1 << 40;

/// A little more than the number of bytes that the kernel buffers for a client that does not read.
const KERNEL_BUFFERS: usize = 8 * MIB;

struct Target {
    gate: Arc<Notify>,
}

#[websocket(path = "/", data = (), per_message_deflate, backpressure_limit = 0)]
impl Target {
    /// Answers a number with that number of messages of 1 MiB.
    #[on(text)]
    async fn text(&self, ws: &mut Socket<()>, text: &str) {
        if text == "wait" {
            self.gate.notified().await;
        } else if text == "subscribe" {
            let count = (0..1_000)
                .filter(|n| ws.subscribe(&format!("{n:0>900}")))
                .count();
            ws.send(count.to_string());
        } else if let Ok(count) = text.parse() {
            for _ in 0..count {
                ws.send(vec![0; MIB]);
            }
        } else {
            ws.send(text);
        }
    }

    #[on(binary)]
    async fn binary(&self, ws: &mut Socket<()>, _bytes: &[u8]) {
        ws.send("waits");
        self.gate.notified().await;
        ws.send("done");
    }

    #[route(get, "/large")]
    fn large(&self) -> Vec<u8> {
        vec![0; 20 * MIB]
    }

    #[route(get, "/wait")]
    async fn wait(&self) -> &'static str {
        self.gate.notified().await;
        "waited"
    }

    /// The same bytes for all clients.
    #[route(get, "/static")]
    fn asset(&self) -> Bytes {
        static ASSET: LazyLock<Bytes> = LazyLock::new(|| vec![0; 20 * MIB].into());
        ASSET.clone()
    }

    #[route(post, "/")]
    async fn read(&self, body: Bytes) -> String {
        body.len().to_string()
    }

    #[route(post, "/wait")]
    async fn read_and_wait(&self, body: Bytes) -> String {
        self.gate.notified().await;
        body.len().to_string()
    }
}

struct Started {
    server: Server,
    gate: Arc<Notify>,
    _alone: MutexGuard<'static, ()>,
}

async fn start(limit: usize) -> Started {
    static ALONE: LazyLock<Mutex<()>> = LazyLock::new(Mutex::default);
    let alone = ALONE.lock().await;
    let gate = Arc::new(Notify::new());
    let target = Target { gate: gate.clone() };
    let router = Router::new()
        .mount(target)
        .body_limit(16 * MIB)
        .memory_limit(limit);
    Started {
        server: Server::start(router).await,
        gate,
        _alone: alone,
    }
}

impl Started {
    fn held(&self) -> usize {
        self.server.hub().memory_held()
    }

    async fn until(&self, what: &str, is_so: impl Fn(usize) -> bool) {
        let event = async {
            while !is_so(self.held()) {
                yield_now().await;
            }
        };
        if timeout(PATIENCE, event).await.is_err() {
            panic!("waited in vain for {what}: {} bytes are held", self.held());
        }
    }

    async fn open(&self) -> RawClient {
        RawClient::open_narrow(self.server.addr(), "/").await
    }

    /// Opens a client that does not read. The server sends it this number of messages of 1 MiB.
    async fn slow(&self, messages: usize) -> RawClient {
        let before = self.held();
        let mut client = self.open().await;
        client.send(Frame::text(messages.to_string())).await;
        let least = before + messages * MIB - KERNEL_BUFFERS;
        self.until("a backlog", |held| held >= least).await;
        client
    }

    /// Sends a request with a body of this number of bytes to a route that waits.
    async fn waiting(&self, bytes: usize) -> RawClient {
        let before = self.held();
        let mut client = RawClient::connect(self.server.addr()).await;
        let request = request_bytes("POST", "/wait", &[], &vec![0; bytes]);
        client.write(&request).await;
        self.until("a body", |held| held >= before + bytes).await;
        client
    }

    async fn post(&self, path: &str, body: &[u8]) -> Reply {
        let mut client = RawClient::connect(self.server.addr()).await;
        client.write(&request_bytes("POST", path, &[], body)).await;
        client.reply().await
    }
}

#[tokio::test]
async fn held_memory_is_counted_and_given_back() {
    let started = start(HIGH_MEMORY_LIMIT).await;
    started.until("nothing", |held| held == 0).await;

    let slow = started.slow(20).await;
    assert!(started.held() <= 20 * MIB + 64 * 1024, "{}", started.held());

    // A message in two frames, the second of which is not complete.
    let before = started.held();
    let mut fragments = started.open().await;
    let first = Frame::binary(vec![0; 300_000]).unfinished();
    fragments.send(first).await;
    let rest = Frame::continuation(vec![0; 100]).declare(200_000);
    fragments.send(rest).await;
    started
        .until("an open message", |held| held >= before + 300_000)
        .await;
    assert!(started.held() < before + 2 * 300_000 + 64 * 1024);

    // A handler that is waiting, with an inflated message.
    let before = started.held();
    let mut bomb = RawClient::open_deflate(started.server.addr(), "/").await;
    let small = Deflater::new(15, false).message(&vec![0; MIB]);
    bomb.send(Frame::binary(small).rsv(0b100)).await;
    bomb.expect_text("waits").await;
    assert!(started.held() >= before + MIB);

    // A body that has been read, and a head that is not complete.
    let before = started.held();
    let mut reader = RawClient::connect(started.server.addr()).await;
    let body = vec![0; 500_000];
    reader
        .write(&request_bytes("POST", "/wait", &[], &body))
        .await;
    started
        .until("a body", |held| held >= before + body.len())
        .await;
    let before = started.held();
    let mut head = RawClient::connect(started.server.addr()).await;
    let half = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", "x".repeat(20_000));
    head.write(half.as_bytes()).await;
    started
        // Heads longer than 8 KiB are counted with twice their length.
        .until("a head", |held| held >= before + 40_000)
        .await;

    // 1,000 topics without other subscribers. Their names have 900,000 bytes in all. The rest of the counted
    // bytes is for the topics and the subscriptions themselves.
    let before = started.held();
    let mut subscriber = started.open().await;
    subscriber.ask("subscribe", "1000").await;
    assert!((950_000..1_250_000).contains(&(started.held() - before)));

    // A response of shared bytes is not counted. A response of bytes that are not shared is counted until the
    // client has read it.
    let before = started.held();
    let mut asset = RawClient::connect_narrow(started.server.addr()).await;
    asset
        .write(&request_bytes("GET", "/static", &[], b""))
        .await;
    assert_eq!(asset.reply_to_head().await.status, 200);
    assert!(started.held() < before + MIB);
    let mut reader_of_large = RawClient::connect_narrow(started.server.addr()).await;
    reader_of_large
        .write(&request_bytes("GET", "/large", &[], b""))
        .await;
    assert_eq!(reader_of_large.reply_to_head().await.status, 200);
    assert!(started.held() >= before + 20 * MIB);
    assert_eq!(reader_of_large.bytes(20 * MIB).await.len(), 20 * MIB);
    started
        .until("a response that is written", |held| held < before + MIB)
        .await;

    // Six clients disconnect at once. The other two disconnect after their handlers have answered.
    drop((slow, fragments, head, subscriber, asset, reader_of_large));
    started.gate.notify_waiters();
    bomb.expect_text("done").await;
    assert_eq!(reader.reply().await.text(), "500000");
    drop((bomb, reader));
    started.until("nothing", |held| held == 0).await;
}

#[tokio::test]
async fn a_response_is_counted_until_it_is_written_whatever_follows() {
    let started = start(HIGH_MEMORY_LIMIT).await;
    let mut client = RawClient::connect_narrow(started.server.addr()).await;
    let large = request_bytes("GET", "/large", &[], b"");
    let waits = request_bytes("GET", "/wait", &[], b"");
    client.write(&[large, waits].concat()).await;
    assert_eq!(client.reply_to_head().await.status, 200);
    started.until("a response", |held| held >= 20 * MIB).await;
    assert_eq!(client.bytes(20 * MIB).await.len(), 20 * MIB);
    started.until("little", |held| held < MIB).await;
    started.gate.notify_waiters();
    assert_eq!(client.reply().await.text(), "waited");
    drop(client);
    started.until("nothing", |held| held == 0).await;
}

#[tokio::test]
async fn a_socket_that_is_closing_does_not_keep_its_backlog() {
    let started = start(MEMORY_LIMIT).await;
    let mut closing = started.slow(30).await;
    closing.send(Frame::close(1000, "")).await;
    // Another socket needs the memory. The server must free the backlog of the closing socket, and must not
    // close the other socket.
    let mut other = started.open().await;
    other.send(Frame::text("34")).await;
    let mut received = 0;
    while received < 4 {
        assert_eq!(other.binary().await.len(), MIB);
        received += 1;
    }
    // By now, the handler has sent all 34 messages. If both backlogs together exceeded the limit, `closing`
    // has been closed.
    started
        .until("room", |held| held < MEMORY_LIMIT - 8 * MIB)
        .await;
    other.send(Frame::text("and on")).await;
    loop {
        let frame = other.any_frame().await;
        if frame.opcode == opcode::TEXT {
            break;
        }
        assert_eq!(frame.payload.len(), MIB, "{frame:?}");
        received += 1;
    }
    assert!(received >= 8, "{received}");
}

#[tokio::test]
async fn at_the_limit_the_largest_slow_sockets_are_closed_with_1013() {
    let started = start(MEMORY_LIMIT).await;
    // The three backlogs together exceed the limit.
    let mut small = started.slow(18).await;
    let mut large = started.slow(30).await;
    let mut last = started.open().await;
    last.send(Frame::text("40")).await;
    // A message that was partly written arrives whole; the Close follows it.
    let mut received = 0;
    loop {
        let frame = large.any_frame().await;
        if frame.opcode == opcode::CLOSE {
            assert_eq!(
                frame.close_parts(),
                (1013, "the server has reached its memory limit".to_owned())
            );
            break;
        }
        assert_eq!(frame.payload.len(), MIB);
        received += 1;
    }
    assert!((1..10).contains(&received), "{received}");
    // The smaller backlog is not affected.
    for _ in 0..18 {
        assert_eq!(small.binary().await.len(), MIB);
    }
    small.ask("and on", "and on").await;
    // The limit was exceeded while the server sent to `last`, so some of the messages to `last` were dropped.
    last.send(Frame::text("and on")).await;
    let mut received = 0;
    loop {
        let frame = last.any_frame().await;
        if frame.opcode == opcode::TEXT {
            break;
        }
        assert_eq!(frame.payload.len(), MIB);
        received += 1;
    }
    assert!((1..40).contains(&received), "{received}");
}

#[tokio::test]
async fn new_sockets_and_large_bodies_are_503_while_the_limit_is_exceeded() {
    let started = start(MEMORY_LIMIT).await;
    let mut speaker = started.open().await;
    let mut waiting = Vec::new();
    // Requests in progress are not aborted: each holds its memory until its handler returns.
    let reply = loop {
        let mut client = RawClient::connect(started.server.addr()).await;
        let reply = client.handshake("/", &[]).await;
        if reply.status != 101 {
            break reply;
        }
        let nearly = started.held() + 2 * MIB > MEMORY_LIMIT;
        waiting.push(started.waiting(if nearly { 10_000 } else { MIB }).await);
    };
    // The limit must be exceeded by 1 MiB: up to 64 KiB per thread can be missing from the sum that the
    // server compares with the limit.
    while started.held() < MEMORY_LIMIT + MIB {
        waiting.push(started.waiting(10_000).await);
    }
    assert_eq!(reply.status, 503);
    assert_eq!(reply.text(), "the server has reached its memory limit");
    let reply = started.post("/", &vec![0; 100_000]).await;
    assert_eq!(reply.status, 503, "{reply:?}");
    // A connection with a long head is closed.
    let mut head = RawClient::connect(started.server.addr()).await;
    let half = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", "x".repeat(20_000));
    head.takes(half.as_bytes()).await;
    assert_eq!(head.expect_gone().await, b"");
    let mut client = RawClient::connect(started.server.addr()).await;
    client
        .write(&request_bytes("GET", "/large", &[], b""))
        .await;
    assert_eq!(client.reply().await.status, 503);
    speaker.ask("subscribe", "0").await;
    // Requests and messages that need little memory are served.
    assert_eq!(started.post("/", &[0; 10_000]).await.text(), "10000");
    speaker.ask("a short message", "a short message").await;
    speaker.send(Frame::binary(vec![0; 200_000])).await;
    speaker
        .expect_close(1013, "the server has reached its memory limit")
        .await;
    // When the requests have ended, new sockets and large bodies are accepted again.
    started.gate.notify_waiters();
    for client in &mut waiting {
        assert_eq!(client.reply().await.status, 200);
    }
    drop(waiting);
    started
        .until("little", |held| held < MEMORY_LIMIT / 2)
        .await;
    started.open().await.ask("welcome", "welcome").await;
    assert_eq!(started.post("/", &vec![0; 100_000]).await.status, 200);
}

#[tokio::test]
async fn the_messages_of_all_sockets_together_stay_within_the_limit() {
    let started = start(MEMORY_LIMIT).await;
    let mut slow = Vec::new();
    for _ in 0..20 {
        slow.push(started.open().await);
    }
    for client in &mut slow {
        client.send(Frame::text("20")).await;
        // While the limit is exceeded, the remaining messages to this socket are dropped.
        started
            .until("sockets to be closed", |held| held <= MEMORY_LIMIT + MIB)
            .await;
    }
    drop(slow);
    started.until("nothing", |held| held == 0).await;
}

#[tokio::test]
async fn sockets_whose_handlers_wait_do_not_keep_others_out() {
    let started = start(16 * MIB).await;
    let mut waiting = Vec::new();
    // Each waiting handler keeps a read buffer.
    let full = loop {
        let mut client = RawClient::connect(started.server.addr()).await;
        if client.handshake("/", &[]).await.status == 503 {
            break client;
        }
        let before = started.held();
        client.send(Frame::text("wait")).await;
        waiting.push(client);
        if started.held() < before {
            // Some sockets have been closed already.
            break RawClient::connect(started.server.addr()).await;
        }
    };
    drop(full);
    let admitted = async {
        loop {
            let mut client = RawClient::connect(started.server.addr()).await;
            if client.handshake("/", &[]).await.status == 101 {
                return client;
            }
        }
    };
    let mut client = timeout(PATIENCE, admitted)
        .await
        .expect("there is room again");
    client.ask("welcome", "welcome").await;
    // The limit has room for 256 read buffers of 64 KiB.
    assert!(waiting.len() > 200, "{}", waiting.len());
}
