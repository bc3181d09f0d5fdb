//! `rate_limit`, `burst`, `byte_rate` and `on_flood`, under a paused clock.

use router::prelude::*;
use router_tests::{
    Connector, Frame, Log, RawClient, Seen, Server, opcode, recorder, upgrade_bytes, within,
};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    sync::Notify,
    task::yield_now,
    time::{Instant, sleep},
};

/// The capacity of a client's pipe, which has room for everything that a test sends.
const PIPE_BYTES: usize = 1024 * 1024;

struct Module {
    log: Log,
    gate: Arc<Notify>,
}

/// Defines a module with these options and the handler that all tests use.
macro_rules! module {
    ($name:ident, $($option:tt)*) => {
        struct $name(Module);

        #[websocket(path = "/", data = (), $($option)*)]
        impl $name {
            #[on(text)]
            async fn text(&self, ws: &mut Socket<()>, text: &str) {
                if text == "wait" {
                    self.0.gate.notified().await;
                }
                self.0.log.note(text);
                ws.send(text);
            }
        }
    };
}

module!(Slow, rate_limit = "50/s", burst = 100);
module!(OneByOne, rate_limit = "1/s", on_flood = "close");
module!(Rare, rate_limit = "1/m");
module!(Close, rate_limit = "50/s", on_flood = "close");
module!(Bytes, byte_rate = "10KB/s", idle_timeout = 8);
module!(Hardened, options = Options::HARDENED);

struct Client {
    stream: DuplexStream,
    seen: Seen,
    gate: Arc<Notify>,
    _server: Connector,
}

async fn open<M: router::by_hand::Module>(module: impl FnOnce(Module) -> M) -> Client {
    let (log, seen) = recorder();
    let gate = Arc::new(Notify::new());
    let module = module(Module {
        log,
        gate: gate.clone(),
    });
    let server = Connector::serve(Router::new().mount(module));
    let mut stream = server.connect(PIPE_BYTES);
    let handshake = upgrade_bytes("/", &[]);
    stream.write_all(&handshake).await.expect("it has room");
    let mut reply = Vec::new();
    while !reply.ends_with(b"\r\n\r\n") {
        let read = stream.read_buf(&mut reply);
        within("the handshake", read).await.expect("it is open");
    }
    assert!(reply.starts_with(b"HTTP/1.1 101 "));
    Client {
        stream,
        seen,
        gate,
        _server: server,
    }
}

impl Client {
    async fn send(&mut self, frame: &Frame, times: usize) {
        let bytes = frame.encode().repeat(times);
        self.stream.write_all(&bytes).await.expect("it has room");
    }

    /// Returns how many handlers have run since the last call.
    fn handled(&mut self) -> usize {
        std::iter::from_fn(|| self.seen.try_next()).count()
    }

    /// Returns the first byte and the payload of each frame received so far. The frames must be short.
    async fn received(&mut self) -> Vec<(u8, Vec<u8>)> {
        let mut bytes = Vec::new();
        let mut frames = Vec::new();
        // The paused clock advances only when all tasks are idle.
        let settled = sleep(Duration::from_millis(1));
        tokio::pin!(settled);
        loop {
            tokio::select! {
                read = self.stream.read_buf(&mut bytes) => match read {
                    Ok(1..) => {}
                    _ => break,
                },
                () = &mut settled => break,
            }
        }
        let mut rest = &bytes[..];
        while let [first, length, tail @ ..] = rest {
            let (payload, tail) = tail.split_at(usize::from(*length));
            frames.push((*first, payload.to_vec()));
            rest = tail;
        }
        frames
    }
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_read_at_once_and_further_messages_at_the_rate() {
    let mut client = open(Slow).await;
    client.send(&Frame::text("x"), 10_000).await;
    sleep(Duration::from_millis(1)).await;
    assert_eq!(client.handled(), 100);
    for _ in 0..20 {
        sleep(Duration::from_secs(1)).await;
        let handled = client.handled();
        assert!((49..=51).contains(&handled), "{handled} in a second");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_within_the_rate_is_not_delayed() {
    let mut client = open(Slow).await;
    for _ in 0..500 {
        let sent = Instant::now();
        client.send(&Frame::text("x"), 1).await;
        client.seen.expect("x").await;
        assert_eq!(sent.elapsed(), Duration::ZERO);
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn unused_allowance_is_saved_up_to_the_burst() {
    let mut client = open(Slow).await;
    client.send(&Frame::text("x"), 100).await;
    sleep(Duration::from_secs(60)).await;
    assert_eq!(client.handled(), 100);
    client.send(&Frame::text("x"), 200).await;
    sleep(Duration::from_millis(1)).await;
    assert_eq!(client.handled(), 100);
}

#[tokio::test(start_paused = true)]
async fn pings_count_towards_the_rate() {
    let mut client = open(Slow).await;
    client.send(&Frame::ping("x"), 10_000).await;
    let pongs = client.received().await;
    assert_eq!(pongs.len(), 100);
    assert!(pongs.iter().all(|pong| *pong == (0x8A, b"x".to_vec())));
    sleep(Duration::from_secs(1)).await;
    assert_eq!(client.received().await.len(), 50);
}

#[tokio::test(start_paused = true)]
async fn pings_count_towards_the_rate_while_a_handler_waits() {
    let mut client = open(Slow).await;
    client.send(&Frame::text("wait"), 1).await;
    client.send(&Frame::ping("x"), 10_000).await;
    assert_eq!(client.received().await.len(), 99);
    sleep(Duration::from_secs(10)).await;
    client.gate.notify_one();
    client.seen.expect("wait").await;
}

#[tokio::test(start_paused = true)]
async fn pongs_without_a_handler_do_not_count_towards_the_rate() {
    let mut client = open(Slow).await;
    client.send(&Frame::pong(""), 1_000).await;
    client.send(&Frame::text("x"), 100).await;
    sleep(Duration::from_millis(1)).await;
    assert_eq!(client.handled(), 100);
}

#[tokio::test(start_paused = true)]
async fn a_flood_is_closed_with_1008_if_on_flood_is_close() {
    let mut client = open(Close).await;
    client.send(&Frame::text("x"), 51).await;
    let frames = client.received().await;
    assert_eq!(client.handled(), 50, "the default of `burst` is the rate");
    let (close, texts) = frames.split_last().expect("there is a Close");
    assert_eq!(texts.len(), 50);
    assert_eq!(close.0, 0x80 | opcode::CLOSE);
    assert_eq!(close.1, b"\x03\xF0rate limit exceeded");
}

#[tokio::test(start_paused = true)]
async fn a_burst_within_the_limit_is_no_flood() {
    let mut client = open(Close).await;
    client.send(&Frame::text("x"), 50).await;
    // Pongs without a handler do not count, so they are accepted as well.
    client.send(&Frame::pong("x"), 10).await;
    client.send(&Frame::close(1000, "bye"), 1).await;
    let frames = client.received().await;
    assert_eq!(client.handled(), 50);
    let (close, texts) = frames.split_last().expect("there is a Close");
    assert_eq!(texts.len(), 50);
    assert_eq!(close.1, b"\x03\xE8bye");
}

#[tokio::test(start_paused = true)]
async fn one_message_per_second_is_no_flood_at_a_rate_of_1_per_second() {
    let mut client = open(OneByOne).await;
    for _ in 0..10 {
        client.send(&Frame::text("x"), 1).await;
        client.seen.expect("x").await;
        sleep(Duration::from_secs(1)).await;
    }
    client.send(&Frame::text("x"), 2).await;
    client.seen.expect("x").await;
    let frames = client.received().await;
    let close = frames.last().expect("there is a Close");
    assert_eq!(close.1, b"\x03\xF0rate limit exceeded");
}

#[tokio::test]
async fn a_reset_ends_a_socket_that_waits_for_the_rate() {
    let (log, mut seen) = recorder();
    let gate = Arc::default();
    let module = Rare(Module { log, gate });
    let server = Server::start(Router::new().mount(module)).await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.send_all(&vec![Frame::text("x"); 100]).await;
    seen.expect("x").await;
    client.expect_text("x").await;
    client.reset();
    // A stream that is not known to be TCP reports the reset only when it is read, which is a minute later.
    if std::env::var("TRANSPORT").as_deref() != Ok("boxed") {
        let gone = async {
            while !server.hub().sockets().is_empty() {
                yield_now().await;
            }
        };
        within("the end of the socket", gone).await;
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_are_limited_as_they_arrive() {
    let mut client = open(Bytes).await;
    let start = Instant::now();
    // The bytes of one second are read at once; the rest takes eight more seconds. `idle_timeout` (8 seconds)
    // does not end the socket, because it is the server that pauses reading.
    let large = "x".repeat(90 * 1024);
    client.send(&Frame::text(large.clone()), 1).await;
    client.send(&Frame::text("behind"), 1).await;
    client.seen.expect(&large).await;
    client.seen.expect("behind").await;
    let seconds = start.elapsed().as_secs_f64();
    assert!((7.5..9.5).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_client_beyond_the_rate_is_closed_at_once_on_shutdown() {
    let (log, mut seen) = recorder();
    let gate = Arc::default();
    let module = Rare(Module { log, gate });
    let server = Server::start(Router::new().mount(module)).await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client
        .send_all(&[Frame::text("first"), Frame::text("second")])
        .await;
    seen.expect("first").await;
    // The second message has to wait for a minute.
    client.expect_text("first").await;
    let start = Instant::now();
    let (stopped, ()) = tokio::join!(server.shutdown(), async {
        client.expect_close(1001, "server shutting down").await;
        client.finish().await;
    });
    stopped.expect("it stops");
    assert!(start.elapsed() < Duration::from_secs(3));
    seen.assert_silent();
}

#[tokio::test(start_paused = true)]
async fn the_hardened_preset_admits_100_messages_per_second() {
    let mut client = open(Hardened).await;
    client.send(&Frame::text("x"), 1_000).await;
    sleep(Duration::from_millis(1)).await;
    assert_eq!(client.handled(), 100);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(client.handled(), 100);
}
