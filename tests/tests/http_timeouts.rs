//! How long a client may be silent: before its first byte, within a head, between two requests.

use router::prelude::*;
use router_tests::{Frame, Pieces, RawClient, Server, request_bytes, upgrade_bytes};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

struct Api {
    pieces: parking_lot::Mutex<Option<Body>>,
    gate: Arc<Notify>,
}

#[websocket(path = "/socket", data = (), idle_timeout = 0)]
impl Api {
    #[route(get, "/")]
    fn page(&self) -> &'static str {
        "page"
    }

    #[route(post, "/unread")]
    fn unread(&self) -> &'static str {
        "unread"
    }

    #[route(get, "/wait")]
    async fn wait(&self) -> &'static str {
        self.gate.notified().await;
        "waited"
    }

    /// A stream whose pieces the test sends, with pauses of any length.
    #[route(get, "/events")]
    fn events(&self) -> Response {
        Response::new(self.pieces.lock().take().expect("one client asks"))
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

struct Started {
    server: Server,
    pieces: Pieces,
    gate: Arc<Notify>,
}

impl Started {
    async fn client(&self) -> RawClient {
        RawClient::connect(self.server.addr()).await
    }
}

async fn start(configure: impl FnOnce(Router) -> Router) -> Started {
    let (pieces, body) = Pieces::body();
    let gate = Arc::new(Notify::new());
    let api = Api {
        pieces: parking_lot::Mutex::new(Some(body)),
        gate: gate.clone(),
    };
    let server = Server::start(configure(Router::new().mount(api))).await;
    Started {
        server,
        pieces,
        gate,
    }
}

async fn start_default() -> Started {
    start(|router| router).await
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Asserts that `time` is at least `expected`, and less than 100 ms longer.
#[track_caller]
fn assert_about(time: Duration, expected: Duration) {
    let late = time.saturating_sub(expected);
    assert!(
        time >= expected && late < Duration::from_millis(100),
        "it took {time:?} instead of {expected:?}"
    );
}

async fn assert_page(client: &mut RawClient) {
    let reply = client.request("GET", "/", &[], b"").await;
    assert_eq!((reply.status, reply.text()), (200, "page"));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_nothing_is_closed_after_connect_timeout() {
    let started = start_default().await;
    let (answer, time) = started.client().await.gone_after().await;
    assert_eq!(answer, b"");
    assert_about(time, seconds(10));

    let started = start(|router| router.connect_timeout(seconds(3))).await;
    let (answer, time) = started.client().await.gone_after().await;
    assert_eq!(answer, b"");
    assert_about(time, seconds(3));
}

#[tokio::test(start_paused = true)]
async fn connect_timeout_does_not_apply_after_the_first_byte() {
    let started = start(|router| router.connect_timeout(seconds(3))).await;
    let mut client = started.client().await;
    sleep(seconds(2)).await;
    client.write(b"GET / HTTP/1.1\r\n").await;
    sleep(seconds(9)).await;
    client.write(b"Host: a\r\n\r\n").await;
    assert_eq!(client.reply().await.text(), "page");
    sleep(seconds(60)).await;
    assert_page(&mut client).await;
}

#[tokio::test(start_paused = true)]
async fn a_head_has_head_timeout_from_its_first_byte_to_its_last() {
    for (timeout, pause) in [(None, 3), (None, 7), (Some(2), 1), (Some(25), 9)] {
        let started = start(|router| match timeout {
            Some(timeout) => router.head_timeout(seconds(timeout)),
            None => router,
        })
        .await;
        let mut client = started.client().await;
        sleep(seconds(9)).await;
        let begun = Instant::now();
        let trickle = async {
            for byte in request_bytes("GET", "/", &[], b"") {
                if !client.takes(&[byte]).await {
                    break;
                }
                sleep(seconds(pause)).await;
            }
        };
        let limit = seconds(timeout.unwrap_or(10));
        // The client stops sending when the limit is reached.
        let _ = tokio::time::timeout(limit, trickle).await;
        assert_eq!(client.gone_after().await.0, b"");
        assert_about(begun.elapsed(), limit);
    }
}

#[tokio::test(start_paused = true)]
async fn half_a_head_on_a_kept_connection_has_head_timeout() {
    let started = start_default().await;
    for half in ["G", "\r\n", "GET / HTTP/1.1\r\nHost: a\r\n"] {
        let mut client = started.client().await;
        assert_page(&mut client).await;
        sleep(seconds(50)).await;
        client.write(half.as_bytes()).await;
        let (answer, time) = client.gone_after().await;
        assert_eq!(answer, b"", "{half:?}");
        assert_about(time, seconds(10));
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_that_ends_in_time_is_served_however_long_the_route_takes() {
    let started = start_default().await;
    let mut client = started.client().await;
    for _ in 0..3 {
        client.write(b"GET /wait HTTP/1.1\r\n").await;
        sleep(Duration::from_millis(9_900)).await;
        client.write(b"Host: a\r\n\r\n").await;
        sleep(seconds(600)).await;
        client.assert_quiet();
        started.gate.notify_one();
        assert_eq!(client.reply().await.text(), "waited");
        sleep(seconds(70)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_kept_for_75_seconds() {
    let started = start_default().await;
    let mut client = started.client().await;
    for _ in 0..3 {
        assert_page(&mut client).await;
        sleep(seconds(70)).await;
        client.assert_quiet();
    }
    assert_page(&mut client).await;
    sleep(Duration::from_millis(74_990)).await;
    assert_page(&mut client).await;
    let (answer, time) = client.gone_after().await;
    assert_eq!(answer, b"");
    assert_about(time, seconds(75));
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_response_starts_keep_alive_timeout() {
    let started = start(|router| router.keep_alive_timeout(seconds(5))).await;
    for request in [
        request_bytes("GET", "/", &[], b""),
        request_bytes("HEAD", "/", &[], b""),
        request_bytes("GET", "/nowhere", &[], b""),
        request_bytes("OPTIONS", "/", &[], b""),
        request_bytes("PUT", "/", &[], b""),
        request_bytes("POST", "/unread", &[], b"unread"),
        request_bytes("GET", "/socket", &[], b""),
        upgrade_bytes("/socket", &[("Sec-WebSocket-Protocol", ",")]).replace_version(),
        b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n".to_vec(),
        // Three pipelined requests.
        request_bytes("GET", "/", &[], b"").repeat(3),
    ] {
        let mut client = started.client().await;
        client.write(&request).await;
        let (answer, time) = client.gone_after().await;
        let text = String::from_utf8_lossy(&answer);
        assert!(text.starts_with("HTTP/1."), "{text}");
        assert!(!text.contains("connection: close"), "{text}");
        assert_about(time, seconds(5));
    }
}

trait ReplaceVersion {
    /// Replaces the version of WebSocket by one that is refused.
    fn replace_version(self) -> Self;
}

impl ReplaceVersion for Vec<u8> {
    fn replace_version(self) -> Self {
        let text = String::from_utf8(self).expect("a head is text");
        text.replace("Version: 13", "Version: 12").into_bytes()
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_just_before_keep_alive_timeout_is_answered() {
    let started = start(|router| router.keep_alive_timeout(Duration::from_millis(500))).await;
    let mut client = started.client().await;
    for _ in 0..20 {
        assert_page(&mut client).await;
        sleep(Duration::from_millis(495)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn none_disables_each_timeout() {
    let long = seconds(2 * 60 * 60);
    let started = start(|router| router.connect_timeout(None)).await;
    let mut client = started.client().await;
    sleep(long).await;
    assert_page(&mut client).await;

    let started = start(|router| router.head_timeout(None)).await;
    let mut client = started.client().await;
    client.write(b"GET / HT").await;
    sleep(long).await;
    client.write(b"TP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(client.reply().await.text(), "page");

    let started = start(|router| router.keep_alive_timeout(None)).await;
    let mut client = started.client().await;
    assert_page(&mut client).await;
    sleep(long).await;
    assert_page(&mut client).await;
}

#[tokio::test(start_paused = true)]
async fn head_timeout_applies_when_the_other_timeouts_are_disabled() {
    let started = start(|router| {
        let router = router.connect_timeout(None);
        router.keep_alive_timeout(None)
    })
    .await;
    let mut client = started.client().await;
    assert_page(&mut client).await;
    sleep(seconds(1000)).await;
    client.write(b"G").await;
    assert_about(client.gone_after().await.1, seconds(10));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_any_length_is_possible() {
    let started = start(|router| {
        let router = router
            .connect_timeout(Duration::MAX)
            .head_timeout(Duration::MAX);
        let router = router
            .keep_alive_timeout(Duration::MAX)
            .body_timeout(Duration::MAX);
        router.write_timeout(Duration::MAX)
    })
    .await;
    let mut client = started.client().await;
    sleep(seconds(10_000)).await;
    assert_page(&mut client).await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_silent_for_minutes_is_not_cut() {
    let started = start_default().await;
    let mut client = started.client().await;
    client
        .write(&request_bytes(
            "GET",
            "/events",
            &[("Connection", "close")],
            b"",
        ))
        .await;
    assert_eq!(client.reply_to_head().await.status, 200);
    for _ in 0..5 {
        sleep(seconds(300)).await;
        client.assert_quiet();
        assert!(started.pieces.send("event"));
        assert_eq!(client.bytes(10).await, b"5\r\nevent\r\n");
    }
    sleep(seconds(300)).await;
    client.assert_quiet();
    drop(started.pieces);
    assert_eq!(client.gone_after().await.0, b"0\r\n\r\n");
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_silent_stream_starts_keep_alive_timeout() {
    let started = start_default().await;
    let mut client = started.client().await;
    client
        .write(&request_bytes("GET", "/events", &[], b""))
        .await;
    sleep(seconds(300)).await;
    drop(started.pieces);
    assert_eq!(client.reply().await.text(), "");
    assert_about(client.gone_after().await.1, seconds(75));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_pipelined_behind_a_waiting_one_is_answered_after_it() {
    let started = start_default().await;
    let mut client = started.client().await;
    client.write(&request_bytes("GET", "/wait", &[], b"")).await;
    client.write(&request_bytes("GET", "/wait", &[], b"")).await;
    client.write(&request_bytes("GET", "/", &[], b"")).await;
    for _ in 0..2 {
        sleep(seconds(300)).await;
        client.assert_quiet();
        started.gate.notify_one();
        assert_eq!(client.reply().await.text(), "waited");
    }
    assert_eq!(client.reply().await.text(), "page");
    assert_about(client.gone_after().await.1, seconds(75));
}

#[tokio::test(start_paused = true)]
async fn sockets_have_no_http_timeouts() {
    let started = start_default().await;
    let mut client = RawClient::open(started.server.addr(), "/socket").await;
    for _ in 0..5 {
        sleep(seconds(300)).await;
        client.assert_quiet();
        client.ask("still there", "still there").await;
        // `head_timeout` does not apply to a part of a frame.
        client.write(&Frame::text("slow").encode()[..3]).await;
        sleep(seconds(300)).await;
        client.write(&Frame::text("slow").encode()[3..]).await;
        client.expect_text("slow").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_socket_on_a_kept_connection_has_no_http_timeouts() {
    let started = start_default().await;
    let mut client = started.client().await;
    assert_page(&mut client).await;
    client.write(&upgrade_bytes("/socket", &[])).await;
    assert_eq!(client.reply().await.status, 101);
    sleep(seconds(300)).await;
    client.ask("still there", "still there").await;
}
