//! No memory is counted as held after all clients have left, whatever they did and however they left.

use proptest::{collection::vec, prelude::*, test_runner::TestRunner};
use router::prelude::*;
use router_tests::{Deflater, Frame, PATIENCE, RawClient, Server, request_bytes};
use std::{sync::Arc, time::Duration};
use tokio::{runtime::Builder, sync::Notify, task::yield_now, time::timeout};

const KIB: usize = 1024;

/// How long a client tries to send while the server does not read. The server does not read while it waits
/// for a handler or for the client.
const PATIENCE_WITH_A_SERVER_THAT_WAITS: Duration = Duration::from_millis(20);

struct Target {
    gate: Arc<Notify>,
}

#[websocket(
    path = "/",
    data = (),
    per_message_deflate(compress = "dedicated", decompress = "dedicated"),
    backpressure_limit = "2MB",
    on_slow = "drop_oldest",
    max_payload_length = "1MB",
    rate_limit = "1000/s",
)]
impl Target {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe("all");
    }

    #[on(text)]
    async fn text(&self, ws: &mut Socket<()>, text: &str) {
        match text.split_once(' ') {
            Some(("join", topic)) => drop(ws.subscribe(topic)),
            Some(("leave", topic)) => drop(ws.unsubscribe(topic)),
            Some(("all", length)) => {
                let length = length.parse().unwrap_or(0);
                ws.hub().publish("all", compressed("x".repeat(length)));
            }
            Some(("wait", _)) => self.gate.notified().await,
            _ => drop(ws.send(compressed(text))),
        }
    }

    #[on(binary)]
    fn binary(&self, ws: &mut Socket<()>, bytes: &[u8]) {
        ws.send(bytes.to_vec());
    }

    #[route(post, "/")]
    async fn read(&self, body: Bytes) -> String {
        self.gate.notified().await;
        body.len().to_string()
    }

    #[route(get, "/large")]
    fn large(&self) -> Vec<u8> {
        vec![0; 1024 * KIB]
    }
}

/// The actions of one client. Afterwards, the client keeps its connection open and reads nothing. In a
/// variant with two numbers, the first is a count and the second is a length in bytes, except in `Body`.
#[derive(Debug, Clone)]
enum Client {
    Idle,
    /// Messages that are echoed, and whose echoes are not read.
    Echoes(usize, usize),
    /// The first half of a message of this length.
    Unfinished(usize),
    /// Fragments of a message, without the last fragment.
    Fragments(usize, usize),
    /// Compressed messages of this inflated length.
    Compressed(usize, usize),
    /// A message that is marked as compressed and is not a deflate stream.
    Broken,
    Topics(usize),
    /// Publishes to all sockets.
    Publishes(usize, usize),
    Waits(usize),
    Pings(usize),
    /// An HTTP request with an incomplete head.
    Head(usize),
    /// An HTTP request. The first number is the length of its body, and the second is the number of bytes
    /// after which the whole request is cut off.
    Body(usize, usize),
    Large,
}

fn client() -> impl Strategy<Value = Client> {
    use Client::*;
    prop_oneof![
        Just(Idle),
        (1..20_usize, 1..300_000_usize).prop_map(|(count, length)| Echoes(count, length)),
        (1..1_000_000_usize).prop_map(Unfinished),
        (1..20_usize, 1..40_000_usize).prop_map(|(count, length)| Fragments(count, length)),
        (1..5_usize, 1..1_000_000_usize).prop_map(|(count, length)| Compressed(count, length)),
        Just(Broken),
        (1..100_usize).prop_map(Topics),
        (1..20_usize, 1..200_000_usize).prop_map(|(count, length)| Publishes(count, length)),
        (1..50_000_usize).prop_map(Waits),
        (1..500_usize).prop_map(Pings),
        (1..30_000_usize).prop_map(Head),
        (1..500_000_usize, 1..500_000_usize).prop_map(|(length, sent)| Body(length, sent)),
        Just(Large),
    ]
}

/// How a client leaves.
#[derive(Debug, Clone, Copy)]
enum End {
    Drops,
    Resets,
    Closes,
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![Just(End::Drops), Just(End::Resets), Just(End::Closes)]
}

impl Client {
    fn is_socket(&self) -> bool {
        !matches!(self, Self::Head(_) | Self::Body(..) | Self::Large)
    }

    /// The bytes that the client sends once it is connected.
    fn bytes(&self) -> Vec<u8> {
        let frames = |frames: Vec<Frame>| frames.iter().flat_map(Frame::encode).collect();
        match *self {
            Self::Idle => Vec::new(),
            Self::Echoes(count, length) => frames(vec![Frame::binary(vec![1; length]); count]),
            Self::Unfinished(length) => {
                let mut bytes = Frame::binary(vec![1; length]).encode();
                bytes.truncate(bytes.len() / 2);
                bytes
            }
            Self::Fragments(count, length) => {
                let mut all = vec![Frame::binary(vec![1; length]).unfinished()];
                all.resize(count, Frame::continuation(vec![1; length]).unfinished());
                frames(all)
            }
            Self::Compressed(count, length) => {
                let mut deflater = Deflater::new(15, true);
                let message = |_| Frame::binary(deflater.message(&vec![1; length])).rsv(0b100);
                frames((0..count).map(message).collect())
            }
            Self::Broken => frames(vec![Frame::binary(vec![0xFF; 100]).rsv(0b100)]),
            Self::Topics(count) => {
                let join = |n| Frame::text(format!("join {n}"));
                let leave = |n| Frame::text(format!("leave {n}"));
                frames(
                    (0..count)
                        .map(join)
                        .chain((0..count / 3).map(leave))
                        .collect(),
                )
            }
            Self::Publishes(count, length) => {
                frames(vec![Frame::text(format!("all {length}")); count])
            }
            Self::Waits(length) => frames(vec![
                Frame::text("wait for it"),
                Frame::binary(vec![1; length]),
                Frame::ping("behind"),
            ]),
            Self::Pings(count) => frames(vec![Frame::ping([1; 125]); count]),
            Self::Head(length) => {
                format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}", "x".repeat(length)).into_bytes()
            }
            Self::Body(length, sent) => {
                let mut bytes = request_bytes("POST", "/", &[], &vec![1; length]);
                bytes.truncate(bytes.len().min(sent));
                bytes
            }
            Self::Large => request_bytes("GET", "/large", &[], b""),
        }
    }
}

async fn run(clients: &[(Client, bool, End)]) {
    let gate = Arc::new(Notify::new());
    let target = Target { gate: gate.clone() };
    let server = Server::start(Router::new().mount(target)).await;
    let hub = server.hub().clone();
    let mut open = Vec::new();
    for (client, deflates, end) in clients {
        let mut connection = match (client.is_socket(), deflates) {
            (false, _) => RawClient::connect_narrow(server.addr()).await,
            (true, false) => RawClient::open_narrow(server.addr(), "/").await,
            (true, true) => RawClient::open_deflate(server.addr(), "/").await,
        };
        // The server may not read all bytes, because it has closed the connection or is waiting.
        let bytes = client.bytes();
        let sent = connection.try_write(&bytes);
        let rest = connection.takes(&bytes[sent..]);
        let _ = timeout(PATIENCE_WITH_A_SERVER_THAT_WAITS, rest).await;
        open.push((connection, *end));
    }
    for (mut connection, end) in open {
        match end {
            End::Drops => drop(connection),
            End::Resets => connection.reset(),
            End::Closes => {
                connection.takes(&Frame::close(1000, "").encode()).await;
                drop(connection);
            }
        }
    }
    let nothing = async {
        while hub.memory_held() > 0 {
            gate.notify_waiters();
            yield_now().await;
        }
    };
    if timeout(PATIENCE, nothing).await.is_err() {
        panic!("{} bytes are still held", hub.memory_held());
    }
}

#[test]
fn no_memory_is_held_after_any_clients_have_left() {
    let clients = vec((client(), any::<bool>(), end()), 1..12);
    let config = ProptestConfig {
        cases: 40,
        max_shrink_iters: 50,
        ..ProptestConfig::default()
    };
    TestRunner::new(config)
        .run(&clients, |clients| {
            let mut runtime = Builder::new_multi_thread();
            let runtime = runtime.worker_threads(2).enable_all().build();
            runtime.expect("a runtime starts").block_on(run(&clients));
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}
