//! `body_timeout`: how long a route waits for the next piece of a request's body.

use futures_util::StreamExt;
use http_body_util::BodyExt;
use router::prelude::*;
use router_tests::{Log, RawClient, Seen, Server, recorder};
use serde::Deserialize;
use std::{sync::Arc, time::Duration};
use tokio::{sync::Notify, time::sleep};

#[derive(Deserialize)]
struct Name {
    name: String,
}

struct Api {
    log: Log,
    gate: Arc<Notify>,
}

#[routes]
impl Api {
    #[route(post, "/bytes")]
    fn bytes(&self, body: Bytes) -> String {
        body.len().to_string()
    }

    #[route(post, "/maybe-bytes")]
    fn maybe_bytes(&self, body: Option<Bytes>) -> String {
        body.map_or(0, |body| body.len()).to_string()
    }

    #[route(post, "/string")]
    fn string(&self, body: String) -> String {
        body.len().to_string()
    }

    #[route(post, "/maybe-string")]
    fn maybe_string(&self, body: Option<String>) -> String {
        body.map_or(0, |body| body.len()).to_string()
    }

    #[route(post, "/vec")]
    fn vec(&self, body: Vec<u8>) -> String {
        body.len().to_string()
    }

    #[route(post, "/json")]
    fn json(&self, body: Json<Name>) -> String {
        body.0.name
    }

    #[route(post, "/maybe-json")]
    fn maybe_json(&self, body: Option<Json<Name>>) -> String {
        body.map_or_else(|| "nobody".to_owned(), |body| body.0.name)
    }

    #[route(post, "/stream")]
    async fn stream(&self, mut body: Body) -> String {
        self.read(&mut body).await
    }

    #[route(post, "/request")]
    async fn request(&self, request: http::Request<Body>) -> String {
        self.read(&mut request.into_body()).await
    }

    /// Responds with the body of the request.
    #[route(post, "/echo")]
    fn echo(&self, body: Body) -> Response {
        Response::new(body)
    }

    #[route(post, "/unread")]
    async fn unread(&self) -> &'static str {
        self.gate.notified().await;
        "unread"
    }

    /// Polls the body once, waits for the test, and then reads the body.
    #[route(post, "/busy")]
    async fn busy(&self, body: Body) -> String {
        let mut pieces = body.into_data_stream();
        tokio::select! {
            biased;
            piece = pieces.next() => panic!("a piece too early: {piece:?}"),
            () = self.gate.notified() => {}
        }
        let mut text = String::new();
        while let Some(piece) = pieces.next().await {
            match piece {
                Ok(piece) => text += &format!("{} ", piece.len()),
                Err(error) => return format!("{text}then {error}"),
            }
        }
        format!("{text}then the end")
    }
}

impl Api {
    /// Records the pieces of a body. Returns the error that ends the body, or `the end` if the body is
    /// complete.
    async fn read(&self, body: &mut Body) -> String {
        loop {
            match body.frame().await {
                Some(Ok(frame)) => {
                    let piece = frame.into_data().expect("there are no trailers");
                    self.log.note(String::from_utf8_lossy(&piece));
                }
                Some(Err(error)) => {
                    assert!(body.frame().await.is_none(), "a failed body stays ended");
                    return error.to_string();
                }
                None => return "the end".to_owned(),
            }
        }
    }
}

struct Started {
    server: Server,
    seen: Seen,
    gate: Arc<Notify>,
}

async fn start(timeout: Option<Duration>) -> Started {
    start_with(|router| match timeout {
        Some(timeout) => router.body_timeout(timeout),
        None => router,
    })
    .await
}

async fn start_with(options: impl FnOnce(Router) -> Router) -> Started {
    let (log, seen) = recorder();
    let gate = Arc::new(Notify::new());
    let api = Api {
        log,
        gate: gate.clone(),
    };
    let router = options(Router::new().mount(api));
    Started {
        server: Server::start(router).await,
        seen,
        gate,
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The head of a `POST` with a body of `length` bytes.
fn head(path: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
}

fn chunked_head(path: &str) -> String {
    head(path, 0).replace("Content-Length: 0", "Transfer-Encoding: chunked")
}

async fn begin(started: &Started, bytes: &str) -> RawClient {
    let mut client = RawClient::connect(started.server.addr()).await;
    client.write(bytes.as_bytes()).await;
    client
}

const EXTRACTORS: [&str; 7] = [
    "/bytes",
    "/maybe-bytes",
    "/string",
    "/maybe-string",
    "/vec",
    "/json",
    "/maybe-json",
];

#[tokio::test(start_paused = true)]
async fn a_stalled_body_is_408_from_every_extractor() {
    let started = start(None).await;
    for path in EXTRACTORS {
        for body in [
            head(path, 100) + "{",
            head(path, 100),
            head(path, 1_000_000) + "{",
            chunked_head(path) + "1\r\n{\r\n",
            chunked_head(path) + "64\r\n{",
            chunked_head(path) + "6",
            chunked_head(path),
            chunked_head(path) + "1\r\n{\r\n0\r\n",
        ] {
            let mut client = begin(&started, &body).await;
            sleep(Duration::from_millis(29_990)).await;
            client.assert_quiet();
            let reply = client.reply().await;
            assert_eq!(reply.status, 408, "{body:?}: {reply:?}");
            assert_eq!(reply.header("connection"), Some("close"), "{body:?}");
            let (rest, time) = client.gone_after().await;
            assert_eq!(rest, b"", "{body:?}");
            assert!(time < seconds(3), "{body:?}: {time:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stalled_body_fails_with_an_error_and_the_route_continues() {
    let mut started = start(Some(seconds(5))).await;
    for path in ["/stream", "/request"] {
        for body in [
            head(path, 100) + "a piece",
            chunked_head(path) + "7\r\na piece\r\n",
        ] {
            let mut client = begin(&started, &body).await;
            started.seen.expect("a piece").await;
            sleep(Duration::from_millis(4_990)).await;
            client.assert_quiet();
            let reply = client.reply().await;
            assert_eq!(reply.status, 200, "{body:?}");
            assert_eq!(reply.text(), "the client sent nothing for too long");
            assert!(client.gone_after().await.1 < seconds(3), "{body:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_that_streams_a_stalled_body_is_cut_off() {
    let started = start(None).await;
    let mut client = begin(&started, &(chunked_head("/echo") + "5\r\nhello\r\n")).await;
    let (answer, time) = client.gone_after().await;
    let text = String::from_utf8_lossy(&answer);
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    assert!(
        text.ends_with("\r\n5\r\nhello\r\n"),
        "expected no last chunk: {text}"
    );
    assert!((30..=32).contains(&time.as_secs()), "{time:?}");
}

#[tokio::test(start_paused = true)]
async fn each_received_byte_of_a_body_resets_the_timeout() {
    let started = start(None).await;
    for pause in [5, 29] {
        for path in ["/bytes", "/string", "/vec", "/maybe-bytes"] {
            let mut client = begin(&started, &head(path, 20)).await;
            for _ in 0..20 {
                sleep(seconds(pause)).await;
                client.assert_quiet();
                client.write(b"x").await;
            }
            assert_eq!(client.reply().await.text(), "20", "{path}");
            // The connection can be used again.
            let ask = head(path, 1) + "x";
            client.write(ask.as_bytes()).await;
            assert_eq!(client.reply().await.text(), "1", "{path}");
        }
    }
    let mut client = begin(&started, &chunked_head("/bytes")).await;
    for byte in b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" {
        sleep(seconds(4)).await;
        client.assert_quiet();
        client.write(&[*byte]).await;
    }
    assert_eq!(client.reply().await.text(), "5");
}

#[tokio::test(start_paused = true)]
async fn chunk_framing_does_not_reset_the_timeout() {
    let started = start(Some(seconds(10))).await;
    let mut client = begin(&started, &(chunked_head("/bytes") + "1\r\nx\r\n2;")).await;
    // The client slowly sends a chunk extension, which may be long.
    for _ in 0..3 {
        sleep(seconds(3)).await;
        client.assert_quiet();
        client.write(b"a").await;
    }
    sleep(seconds(2)).await;
    assert_eq!(client.reply().await.status, 408);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_the_route_does_not_read_has_no_timeout() {
    let started = start(None).await;
    for body in [
        head("/unread", 100) + "x",
        head("/unread", 1_000_000) + "x",
        chunked_head("/unread") + "1\r\nx\r\n",
    ] {
        let mut client = begin(&started, &body).await;
        sleep(seconds(300)).await;
        client.assert_quiet();
        started.gate.notify_one();
        let reply = client.reply().await;
        assert_eq!((reply.status, reply.text()), (200, "unread"), "{body:?}");
        // The server closes the connection, because it cannot know where the next request begins.
        let (rest, time) = client.gone_after().await;
        assert_eq!(rest, b"");
        assert!(time < seconds(3), "{body:?}: {time:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_route_that_is_busy_with_something_else_loses_no_piece() {
    let started = start(Some(seconds(10))).await;
    for (begun, rest) in [
        (head("/busy", 3), ["a", "b", "c"]),
        (
            chunked_head("/busy"),
            ["1\r\na\r\n", "1\r\nb\r\n", "1\r\nc\r\n0\r\n\r\n"],
        ),
    ] {
        let mut client = begin(&started, &begun).await;
        sleep(seconds(5)).await;
        client.write(rest[0].as_bytes()).await;
        // The route has polled the body once, and polls it again only after this notification.
        started.gate.notify_waiters();
        sleep(seconds(5)).await;
        client.write(rest[1].as_bytes()).await;
        sleep(seconds(5)).await;
        client.write(rest[2].as_bytes()).await;
        assert_eq!(client.reply().await.text(), "1 1 1 then the end");
    }
}

#[tokio::test(start_paused = true)]
async fn the_timeout_does_not_expire_while_the_route_is_busy() {
    for begun in [head("/late", 3), chunked_head("/late")] {
        let is_chunked = begun.contains("chunked");
        let pieces: [&str; 3] = if is_chunked {
            ["1\r\na\r\n", "1\r\nb\r\n", "1\r\nc\r\n0\r\n\r\n"]
        } else {
            ["a", "b", "c"]
        };
        let started = start_late().await;
        let mut client = RawClient::connect(started.0.addr()).await;
        client.write(begun.as_bytes()).await;
        sleep(seconds(5)).await;
        client.write(pieces[0].as_bytes()).await;
        // The first piece arrived in time, but the route reads it only after a minute.
        sleep(seconds(60)).await;
        client.assert_quiet();
        started.1.notify_one();
        sleep(seconds(9)).await;
        client.write(pieces[1].as_bytes()).await;
        sleep(seconds(9)).await;
        client.write(pieces[2].as_bytes()).await;
        assert_eq!(client.reply().await.text(), "abc", "{begun:?}");
    }
}

struct Late(Arc<Notify>);

#[routes]
impl Late {
    /// Waits one second for a piece, then waits for the test, and then reads the body.
    #[route(post, "/late")]
    async fn late(&self, body: Body) -> String {
        let mut pieces = body.into_data_stream();
        let mut text = String::new();
        tokio::select! {
            biased;
            piece = pieces.next() => text = format!("too early: {piece:?}"),
            () = sleep(seconds(1)) => {}
        }
        self.0.notified().await;
        while let Some(piece) = pieces.next().await {
            match piece {
                Ok(piece) => text += &String::from_utf8_lossy(&piece),
                Err(error) => text += &error.to_string(),
            }
        }
        text
    }
}

async fn start_late() -> (Server, Arc<Notify>) {
    let gate = Arc::new(Notify::new());
    let router = Router::new().mount(Late(gate.clone()));
    let router = router.body_timeout(seconds(10));
    (Server::start(router).await, gate)
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_none_disables_the_timeout() {
    let started = start_with(|router| router.body_timeout(None)).await;
    let mut client = begin(&started, &(head("/bytes", 2) + "x")).await;
    sleep(seconds(7_000)).await;
    client.assert_quiet();
    client.write(b"y").await;
    assert_eq!(client.reply().await.text(), "2");
}

#[tokio::test(start_paused = true)]
async fn a_pipelined_body_has_its_own_timeout() {
    let started = start(None).await;
    let first = head("/unread", 1) + "x";
    let mut client = begin(&started, &(first + &head("/bytes", 2) + "x")).await;
    sleep(seconds(300)).await;
    started.gate.notify_one();
    assert_eq!(client.reply().await.text(), "unread");
    sleep(seconds(29)).await;
    client.assert_quiet();
    assert_eq!(client.reply().await.status, 408);
}
