//! HTTP connections while the server shuts down.

use http_body_util::BodyExt;
use router::prelude::*;
use router_tests::{Log, Pieces, RawClient, Seen, Server, recorder, request_bytes, upgrade_bytes};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout},
};

const LARGE_BODY_BYTES: usize = 20 * 1024 * 1024;

/// A deadline that no test reaches.
const LONG_DEADLINE: Duration = Duration::from_secs(600);

struct Api {
    log: Log,
    gate: Arc<Notify>,
    pieces: parking_lot::Mutex<Option<Body>>,
}

#[websocket(path = "/socket", data = ())]
impl Api {
    #[route(get, "/")]
    fn page(&self) -> &'static str {
        "page"
    }

    #[route(get, "/wait")]
    async fn wait(&self) -> &'static str {
        self.log.note("waits");
        self.gate.notified().await;
        "waited"
    }

    #[route(post, "/bytes")]
    fn bytes(&self, body: Bytes) -> String {
        body.len().to_string()
    }

    #[route(post, "/read")]
    async fn read(&self, mut body: Body) -> String {
        let mut length = 0;
        while let Some(Ok(frame)) = body.frame().await {
            length += frame.data_ref().map_or(0, Bytes::len);
            self.log.note("piece");
        }
        length.to_string()
    }

    #[route(get, "/large")]
    fn large(&self) -> Vec<u8> {
        vec![b'x'; LARGE_BODY_BYTES]
    }

    #[route(get, "/stream")]
    fn stream(&self) -> Response {
        Response::new(self.pieces.lock().take().expect("one client asks"))
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

struct Started {
    server: Server,
    seen: Seen,
    gate: Arc<Notify>,
    pieces: Pieces,
}

fn api(deadline: Duration) -> (Router, Seen, Arc<Notify>, Pieces) {
    let (log, seen) = recorder();
    let gate = Arc::new(Notify::new());
    let (pieces, body) = Pieces::body();
    let api = Api {
        log,
        gate: gate.clone(),
        pieces: parking_lot::Mutex::new(Some(body)),
    };
    let router = Router::new().mount(api).shutdown_deadline(deadline);
    (router, seen, gate, pieces)
}

async fn start() -> Started {
    let (router, seen, gate, pieces) = api(LONG_DEADLINE);
    Started {
        server: Server::start(router).await,
        seen,
        gate,
        pieces,
    }
}

impl Started {
    async fn client(&self, bytes: &[u8]) -> RawClient {
        let mut client = RawClient::connect(self.server.addr()).await;
        client.write(bytes).await;
        client
    }

    /// Opens a connection that is kept alive after a response.
    async fn kept(&self) -> RawClient {
        let mut client = self.client(&get("/")).await;
        assert_eq!(client.reply().await.text(), "page");
        client
    }
}

fn get(path: &str) -> Vec<u8> {
    request_bytes("GET", path, &[], b"")
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Waits until the server has shut down. Returns the time since `begun`.
async fn ended(server: Server, begun: Instant) -> Duration {
    // This timeout is only a precaution, because `Server::shutdown` itself panics after ten seconds.
    let stopped = server.shutdown();
    timeout(LONG_DEADLINE * 2, stopped)
        .await
        .expect("it ends")
        .expect("it ends well");
    begun.elapsed()
}

/// Asserts that `time` is at least `expected` milliseconds, and less than 50 ms longer.
#[track_caller]
fn assert_about(time: Duration, expected: u64) {
    let expected = millis(expected);
    assert!(
        time >= expected && time < expected + millis(50),
        "it took {time:?} instead of {expected:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_on_a_kept_connection_within_a_second_is_answered_and_is_the_last() {
    for (path, wait) in [
        ("/", 1),
        ("/", 500),
        ("/", 990),
        ("/nowhere", 990),
        ("/large", 500),
    ] {
        let mut started = start().await;
        let mut client = started.kept().await;
        started.server.begin_shutdown();
        sleep(millis(wait)).await;
        let reply = client.request("GET", path, &[], b"").await;
        let expected = if path == "/nowhere" { 404 } else { 200 };
        assert_eq!(reply.status, expected, "{path}");
        assert_eq!(reply.header("connection"), Some("close"), "{path}");
        let (rest, time) = client.gone_after().await;
        assert_eq!((rest, time.as_millis()), (Vec::new(), 0), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn idle_connections_are_closed_after_a_second() {
    let mut started = start().await;
    let mut kept = started.kept().await;
    let mut silent = RawClient::connect(started.server.addr()).await;
    sleep(millis(100)).await;
    let begun = Instant::now();
    started.server.begin_shutdown();
    sleep(millis(990)).await;
    kept.assert_quiet();
    silent.assert_quiet();
    assert_eq!(kept.gone_after().await.0, b"");
    assert_about(begun.elapsed(), 1_000);
    assert_eq!(silent.gone_after().await.0, b"");
    assert_about(begun.elapsed(), 1_000);
    assert_about(ended(started.server, begun).await, 1_000);
}

#[tokio::test(start_paused = true)]
async fn shutdown_without_open_connections_does_not_wait_a_second() {
    let started = start().await;
    let mut client = started.kept().await;
    client.finish().await;
    client.expect_end().await;
    let begun = Instant::now();
    assert_about(ended(started.server, begun).await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_connection_with_half_a_head_is_closed_at_once() {
    for half in ["G", "GET / HTTP/1.1\r\nHost: a\r\n", "\r\n"] {
        let mut started = start().await;
        let mut fresh = started.client(half.as_bytes()).await;
        let mut kept = started.kept().await;
        kept.write(half.as_bytes()).await;
        sleep(millis(100)).await;
        let begun = Instant::now();
        started.server.begin_shutdown();
        for client in [&mut fresh, &mut kept] {
            let (answer, time) = client.gone_after().await;
            assert_eq!((answer, time.as_millis()), (Vec::new(), 0), "{half:?}");
        }
        assert_about(ended(started.server, begun).await, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_with_half_a_head_received_during_shutdown_is_closed_after_a_second() {
    let started = start().await;
    let mut client = started.kept().await;
    let begun = Instant::now();
    let mut started = started;
    started.server.begin_shutdown();
    sleep(millis(500)).await;
    client.write(b"GET / HT").await;
    assert_eq!(client.gone_after().await.0, b"");
    assert_about(begun.elapsed(), 1_000);
    assert_about(ended(started.server, begun).await, 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stalls_is_not_waited_for() {
    for path in ["/bytes", "/read"] {
        let mut started = start().await;
        let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
        let mut client = started.client((head + "x").as_bytes()).await;
        sleep(millis(100)).await;
        let begun = Instant::now();
        started.server.begin_shutdown();
        client.gone_after().await;
        assert_about(begun.elapsed(), 1_000);
        assert_about(ended(started.server, begun).await, 1_000);
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_trickles_is_not_waited_for() {
    let mut started = start().await;
    let head = "POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n";
    let mut client = started.client(head.as_bytes()).await;
    sleep(millis(100)).await;
    let begun = Instant::now();
    started.server.begin_shutdown();
    while client.takes(b"x").await {
        sleep(millis(90)).await;
        assert!(begun.elapsed() < millis(5_000), "the upload is waited for");
    }
    assert!(ended(started.server, begun).await < millis(2_500));
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_makes_progress_is_waited_for() {
    let mut started = start().await;
    let head = "POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n";
    let mut client = started.client(head.as_bytes()).await;
    sleep(millis(100)).await;
    started.server.begin_shutdown();
    for _ in 0..40 {
        sleep(millis(450)).await;
        client.write(&[b'x'; 1000]).await;
    }
    let reply = client.reply().await;
    assert_eq!((reply.status, reply.text()), (200, "40000"));
    assert_eq!(reply.header("connection"), Some("close"));
    client.expect_end().await;
}

#[tokio::test(start_paused = true)]
async fn a_response_that_nobody_reads_is_not_waited_for() {
    let mut started = start().await;
    let _client = started.client(&get("/large")).await;
    sleep(millis(100)).await;
    let begun = Instant::now();
    started.server.begin_shutdown();
    assert_about(ended(started.server, begun).await, 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_waiting_route_is_waited_for() {
    let mut started = start().await;
    let mut client = started.client(&get("/wait")).await;
    started.seen.expect("waits").await;
    started.server.begin_shutdown();
    sleep(Duration::from_secs(300)).await;
    client.assert_quiet();
    started.gate.notify_one();
    let reply = client.reply().await;
    assert_eq!((reply.status, reply.text()), (200, "waited"));
    assert_eq!(reply.header("connection"), Some("close"));
    let (rest, time) = client.gone_after().await;
    assert_eq!((rest, time.as_millis()), (Vec::new(), 0));
    assert_about(ended(started.server, Instant::now()).await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_waiting_route_of_a_client_that_has_closed_its_side_is_waited_for() {
    let mut started = start().await;
    let mut client = started.client(&get("/wait")).await;
    client.finish().await;
    started.seen.expect("waits").await;
    started.server.begin_shutdown();
    sleep(Duration::from_secs(300)).await;
    started.gate.notify_one();
    assert_eq!(client.reply().await.text(), "waited");
    client.expect_end().await;
}

#[tokio::test(start_paused = true)]
async fn a_streamed_response_is_finished_even_with_long_pauses() {
    let mut started = start().await;
    let mut client = started.client(&get("/stream")).await;
    assert_eq!(client.reply_to_head().await.status, 200);
    started.server.begin_shutdown();
    for _ in 0..10 {
        sleep(Duration::from_secs(30)).await;
        assert!(started.pieces.send("piece"));
        assert_eq!(client.bytes(10).await, b"5\r\npiece\r\n");
    }
    drop(started.pieces);
    let (rest, time) = client.gone_after().await;
    assert_eq!((&*rest, time.as_millis()), (&b"0\r\n\r\n"[..], 0));
}

#[tokio::test(start_paused = true)]
async fn slow_clients_are_closed_after_a_second_while_a_waiting_route_is_waited_for() {
    let mut started = start().await;
    let mut waiting = started.client(&get("/wait")).await;
    started.seen.expect("waits").await;
    let head = "POST /bytes HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx";
    let mut stalled = started.client(head.as_bytes()).await;
    let mut half = started.client(b"GET /").await;
    let mut kept = started.kept().await;
    let mut socket = RawClient::open(started.server.addr(), "/socket").await;
    sleep(millis(100)).await;
    started.server.begin_shutdown();
    let begun = Instant::now();
    socket.expect_close(1001, "server shutting down").await;
    for client in [&mut half, &mut kept, &mut stalled] {
        client.gone_after().await;
    }
    assert_about(begun.elapsed(), 1_000);
    sleep(Duration::from_secs(60)).await;
    started.gate.notify_one();
    assert_eq!(waiting.reply().await.text(), "waited");
}

#[tokio::test(start_paused = true)]
async fn requests_pipelined_after_a_waiting_request_are_not_started() {
    let mut started = start().await;
    let mut client = started.client(&[get("/wait"), get("/wait")].concat()).await;
    started.seen.expect("waits").await;
    started.server.begin_shutdown();
    sleep(millis(3_000)).await;
    started.gate.notify_one();
    let reply = client.reply().await;
    assert_eq!(
        (reply.text(), reply.header("connection")),
        ("waited", Some("close"))
    );
    assert_eq!(client.gone_after().await.0, b"");
    started.seen.assert_silent();
}

#[tokio::test(start_paused = true)]
async fn a_handshake_during_shutdown_is_503() {
    let mut started = start().await;
    let mut client = started.kept().await;
    started.server.begin_shutdown();
    sleep(millis(500)).await;
    client.write(&upgrade_bytes("/socket", &[])).await;
    let reply = client.reply().await;
    assert_eq!(
        (reply.status, reply.header("connection")),
        (503, Some("close"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_route_that_does_not_end_is_dropped_at_the_deadline() {
    let (router, mut seen, _gate, _pieces) = api(Duration::from_secs(5));
    let mut server = Server::start(router).await;
    let mut client = RawClient::connect(server.addr()).await;
    client.write(&get("/wait")).await;
    seen.expect("waits").await;
    let begun = Instant::now();
    server.begin_shutdown();
    assert_eq!(client.gone_after().await.0, b"");
    assert_about(begun.elapsed(), 5_000);
    assert!(ended(server, begun).await < millis(5_500));
}
