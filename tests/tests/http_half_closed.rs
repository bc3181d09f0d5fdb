//! A client that closes its sending side after its request, and still waits for the response.

use router::prelude::*;
use router_tests::{
    Connector, Log, Pieces, RawClient, Seen, Server, recorder, request_bytes, upgrade_bytes, within,
};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::Notify,
    time::sleep,
};

const LARGE_BODY_BYTES: usize = 5 * 1024 * 1024;

struct Api {
    log: Log,
    gate: Arc<Notify>,
    pieces: parking_lot::Mutex<Option<Body>>,
}

/// Records that a route's future was dropped before it completed.
struct Guard<'l>(&'l Log);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.note("dropped");
    }
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
        let guard = Guard(&self.log);
        self.gate.notified().await;
        std::mem::forget(guard);
        self.log.note("goes on");
        "waited"
    }

    #[route(post, "/read")]
    async fn read(&self, body: Bytes) -> String {
        self.log.note("waits");
        self.gate.notified().await;
        body.len().to_string()
    }

    #[route(post, "/late")]
    async fn late(&self, request: http::Request<Body>) -> String {
        use http_body_util::BodyExt;
        self.log.note("waits");
        self.gate.notified().await;
        match request.into_body().collect().await {
            Ok(body) => body.to_bytes().len().to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[route(post, "/unread")]
    async fn unread(&self) -> &'static str {
        self.log.note("waits");
        self.gate.notified().await;
        "unread"
    }

    #[route(post, "/bytes")]
    fn bytes(&self, body: Bytes) -> String {
        body.len().to_string()
    }

    #[route(get, "/large")]
    fn large(&self) -> Vec<u8> {
        vec![b'x'; LARGE_BODY_BYTES]
    }

    #[route(get, "/stream")]
    fn stream(&self) -> Response {
        self.log.note("waits");
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

async fn start_with(configure: impl FnOnce(Router) -> Router) -> Started {
    let (log, seen) = recorder();
    let gate = Arc::new(Notify::new());
    let (pieces, body) = Pieces::body();
    let api = Api {
        log,
        gate: gate.clone(),
        pieces: parking_lot::Mutex::new(Some(body)),
    };
    Started {
        server: Server::start(configure(Router::new().mount(api))).await,
        seen,
        gate,
        pieces,
    }
}

async fn start() -> Started {
    start_with(|router| router).await
}

impl Started {
    /// Sends bytes and closes the sending side.
    async fn client(&self, bytes: &[u8]) -> RawClient {
        let mut client = RawClient::connect(self.server.addr()).await;
        client.write(bytes).await;
        client.finish().await;
        client
    }
}

fn get(path: &str) -> Vec<u8> {
    request_bytes("GET", path, &[], b"")
}

fn post(path: &str, body: &[u8]) -> Vec<u8> {
    request_bytes("POST", path, &[], body)
}

#[tokio::test]
async fn a_synchronous_route_answers_every_half_closed_client() {
    let started = start().await;
    for _ in 0..100 {
        let mut client = started.client(&get("/")).await;
        assert_eq!(client.reply().await.text(), "page");
        client.expect_end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_synchronous_route_answers_every_half_closed_client_on_several_threads() {
    let started = start().await;
    for _ in 0..100 {
        let mut client = started.client(&get("/")).await;
        assert_eq!(client.reply().await.text(), "page");
        client.expect_end().await;
    }
}

/// Uses a connection in memory. Over TCP, a server rarely receives the end of the client's stream together with the request, and only
/// if its runtime has a second thread.
#[tokio::test]
async fn a_request_received_together_with_the_end_is_answered() {
    let (pieces, body) = Pieces::body();
    let api = Api {
        log: recorder().0,
        gate: Arc::default(),
        pieces: parking_lot::Mutex::new(Some(body)),
    };
    let server = Connector::serve(Router::new().mount(api));
    for (path, request) in [
        ("/", get("/")),
        ("/large", get("/large")),
        ("/nothing", get("/nothing")),
        ("/bytes", post("/bytes", b"body")),
    ] {
        let mut client = server.connect(2 * LARGE_BODY_BYTES);
        client.write_all(&request).await.expect("it has room");
        client.shutdown().await.expect("it is open");
        let mut response = Vec::new();
        let read = client.read_to_end(&mut response);
        within("the end of the connection", read).await.expect(path);
        assert!(response.starts_with(b"HTTP/1.1 "), "{path}");
    }
    drop(pieces);
}

#[tokio::test]
async fn a_waiting_route_continues_and_answers_every_half_closed_client() {
    let mut started = start().await;
    for _ in 0..100 {
        let mut client = started.client(&get("/wait")).await;
        started.seen.expect("waits").await;
        started.gate.notify_one();
        started.seen.expect("goes on").await;
        assert_eq!(client.reply().await.text(), "waited");
        client.expect_end().await;
    }
    started.seen.assert_silent();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_received_while_the_route_waits_does_not_cancel_the_route() {
    let mut started = start().await;
    for _ in 0..100 {
        let mut client = RawClient::connect(started.server.addr()).await;
        client.write(&get("/wait")).await;
        started.seen.expect("waits").await;
        client.finish().await;
        started.gate.notify_one();
        started.seen.expect("goes on").await;
        assert_eq!(client.reply().await.text(), "waited");
        client.expect_end().await;
    }
    started.seen.assert_silent();
}

#[tokio::test(start_paused = true)]
async fn a_route_may_wait_for_minutes_after_the_end() {
    let mut started = start().await;
    let mut client = started.client(&get("/wait")).await;
    sleep(Duration::from_secs(600)).await;
    started.seen.expect("waits").await;
    started.seen.assert_silent();
    started.gate.notify_one();
    assert_eq!(client.reply().await.text(), "waited");
    let (rest, time) = client.gone_after().await;
    assert_eq!((rest, time.as_secs()), (Vec::new(), 0));
}

#[tokio::test]
async fn a_complete_body_is_read_after_the_end_was_received() {
    let mut started = start().await;
    for length in [0, 1, 100, 1_000_000] {
        let body = vec![b'x'; length];
        for path in ["/read", "/late", "/unread"] {
            let mut client = started.client(&post(path, &body)).await;
            started.seen.expect("waits").await;
            started.gate.notify_one();
            let expected = match path {
                "/unread" => "unread".to_owned(),
                _ => length.to_string(),
            };
            assert_eq!(client.reply().await.text(), expected, "{path}, {length}");
            client.expect_end().await;
        }
    }
}

#[tokio::test]
async fn a_complete_chunked_body_is_read_after_the_end_was_received() {
    let mut started = start().await;
    let chunks = "5\r\nhello\r\n".repeat(1000) + "0\r\n\r\n";
    for path in ["/read", "/late", "/unread"] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        let mut client = started.client((head + &chunks).as_bytes()).await;
        started.seen.expect("waits").await;
        started.gate.notify_one();
        let expected = if path == "/unread" { "unread" } else { "5000" };
        assert_eq!(client.reply().await.text(), expected, "{path}");
        client.expect_end().await;
    }
}

#[tokio::test]
async fn a_stream_is_sent_to_its_end() {
    let mut started = start().await;
    let mut client = started.client(&get("/stream")).await;
    started.seen.expect("waits").await;
    assert_eq!(client.reply_to_head().await.status, 200);
    for _ in 0..100 {
        assert!(started.pieces.send("piece"));
        assert_eq!(client.bytes(10).await, b"5\r\npiece\r\n");
    }
    drop(started.pieces);
    assert_eq!(client.bytes(5).await, b"0\r\n\r\n");
    client.expect_end().await;
}

#[tokio::test]
async fn a_large_response_is_sent_to_its_end() {
    let started = start().await;
    for _ in 0..10 {
        let mut client = started.client(&get("/large")).await;
        assert_eq!(client.reply().await.body.len(), LARGE_BODY_BYTES);
        client.expect_end().await;
    }
}

#[tokio::test]
async fn all_requests_that_were_sent_before_the_end_are_answered() {
    let mut started = start().await;
    for (requests, texts) in [
        ([get("/"), get("/")].concat(), &["page", "page"][..]),
        ([get("/wait"), get("/wait")].concat(), &["waited", "waited"]),
        (
            [get("/"), get("/wait"), get("/")].concat(),
            &["page", "waited", "page"],
        ),
        ([post("/bytes", b"abc"), get("/")].concat(), &["3", "page"]),
        (
            [get("/wait"), post("/bytes", &[b'x'; 100_000])].concat(),
            &["waited", "100000"],
        ),
        (
            [post("/unread", b"abc"), get("/")].concat(),
            &["unread", "page"],
        ),
        (get("/").repeat(50), &["page"; 50]),
    ] {
        let mut client = started.client(&requests).await;
        for text in texts {
            if matches!(*text, "waited" | "unread") {
                started.seen.expect("waits").await;
                started.gate.notify_one();
                if *text == "waited" {
                    started.seen.expect("goes on").await;
                }
            }
            assert_eq!(client.reply().await.text(), *text, "{texts:?}");
        }
        client.expect_end().await;
    }
}

#[tokio::test]
async fn a_half_closed_http_1_0_client_is_answered() {
    let mut started = start().await;
    for request in [
        "GET /wait HTTP/1.0\r\n\r\n",
        "GET /wait HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    ] {
        let mut client = started.client(request.as_bytes()).await;
        started.seen.expect("waits").await;
        started.gate.notify_one();
        started.seen.expect("goes on").await;
        assert_eq!(client.reply().await.text(), "waited");
        client.expect_end().await;
    }
}

#[tokio::test]
async fn a_reset_drops_a_waiting_route() {
    let mut started = start().await;
    for _ in 0..20 {
        let mut client = RawClient::connect(started.server.addr()).await;
        client.write(&get("/wait")).await;
        started.seen.expect("waits").await;
        client.reset();
        started.seen.expect("dropped").await;
    }
}

#[tokio::test]
async fn a_reset_drops_the_body_of_a_response() {
    let started = start().await;
    let mut client = RawClient::connect(started.server.addr()).await;
    client.write(&get("/stream")).await;
    assert_eq!(client.reply_to_head().await.status, 200);
    client.reset();
    within("the body to be dropped", started.pieces.dropped()).await;
}

#[tokio::test]
async fn a_socket_of_a_half_closed_client_opens_and_ends() {
    let started = start().await;
    for _ in 0..20 {
        let mut client = started.client(&upgrade_bytes("/socket", &[])).await;
        assert_eq!(client.reply().await.status, 101);
        client.expect_gone().await;
    }
}
