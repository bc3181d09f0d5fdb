//! `write_timeout`: how long a client may go without reading any byte of a response.
//!
//! Most connections are in memory, because the kernel's timers do not follow a paused clock.

use router::prelude::*;
use router_tests::{Connector, Frame, Pieces, RawClient, Server, request_bytes, upgrade_bytes};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::{Instant, sleep},
};

const LARGE_BODY_BYTES: usize = 20 * 1024 * 1024;

struct Api {
    pieces: parking_lot::Mutex<Option<Body>>,
}

#[websocket(path = "/socket", data = (), idle_timeout = 0)]
impl Api {
    #[route(get, "/")]
    fn page(&self) -> &'static str {
        "page"
    }

    #[route(get, "/large")]
    fn large(&self) -> Vec<u8> {
        vec![b'x'; LARGE_BODY_BYTES]
    }

    #[route(get, "/events")]
    fn events(&self) -> Response {
        Response::new(self.pieces.lock().take().expect("one client asks"))
    }

    #[route(post, "/echo")]
    fn echo(&self, body: Body) -> Response {
        Response::new(body)
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        match text {
            "flood" => {
                ws.send(vec![7; 100_000]);
            }
            _ => {
                ws.send(text);
            }
        }
    }
}

struct Prepared {
    router: Router,
    pieces: Pieces,
}

fn api() -> Prepared {
    let (pieces, body) = Pieces::body();
    let api = Api {
        pieces: parking_lot::Mutex::new(Some(body)),
    };
    Prepared {
        router: Router::new().mount(api),
        pieces,
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn get(path: &str) -> Vec<u8> {
    request_bytes("GET", path, &[], b"")
}

/// Reads the remaining bytes, up to the end of the connection.
async fn rest(client: &mut DuplexStream) -> Vec<u8> {
    let mut rest = Vec::new();
    client
        .read_to_end(&mut rest)
        .await
        .expect("memory is readable");
    rest
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_nothing_is_closed() {
    let server = Server::start(api().router).await;
    let mut client = RawClient::connect(server.addr()).await;
    client.write(&get("/large")).await;
    sleep(seconds(61)).await;
    // The bytes in the kernel's buffers arrive. The rest of the body does not.
    let received = client.expect_gone().await.len();
    assert!(received < LARGE_BODY_BYTES, "{received}");
}

#[tokio::test(start_paused = true)]
async fn the_timeout_restarts_with_each_byte_that_is_read() {
    for (timeout, silence) in [(None, 60), (Some(5), 5), (Some(600), 600)] {
        let Prepared { mut router, pieces } = api();
        if let Some(timeout) = timeout {
            router = router.write_timeout(seconds(timeout));
        }
        let server = Connector::serve(router);
        let mut client = server.connect(100);
        client.write_all(&get("/events")).await.expect("it is open");
        pieces.send(vec![b'x'; 10_000]);
        // The connection stays open while the client reads a byte within each timeout.
        for _ in 0..20 {
            sleep(seconds(silence) - Duration::from_millis(10)).await;
            client.read_u8().await.expect("it is open");
        }
        let stopped = Instant::now();
        pieces.dropped().await;
        let waited = stopped.elapsed();
        let late = waited.saturating_sub(seconds(silence));
        assert!(
            waited >= seconds(silence) && late < Duration::from_millis(50),
            "{waited:?} instead of {silence} s"
        );
        // Only the 100 bytes that the connection buffers were written before the timeout.
        assert_eq!(rest(&mut client).await.len(), 100);
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_receives_the_whole_response() {
    let server = Connector::serve(api().router);
    let mut client = server.connect(64 * 1024);
    client.write_all(&get("/large")).await.expect("it is open");
    let mut received = 0;
    let mut space = vec![0; 64 * 1024];
    while received < LARGE_BODY_BYTES {
        sleep(seconds(50)).await;
        received += client.read(&mut space).await.expect("it is open");
    }
    // The connection can be used for another request.
    let before = received;
    client.write_all(&get("/")).await.expect("it is open");
    let answer = client.read(&mut space).await.expect("it is open");
    let text = String::from_utf8_lossy(&space[..answer]);
    assert!(text.ends_with("page"), "after {before} bytes: {text}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_with_nothing_to_write_does_not_time_out() {
    let Prepared { router, pieces } = api();
    let server = Connector::serve(router);
    let mut client = server.connect(1000);
    client.write_all(&get("/events")).await.expect("it is open");
    // The client reads nothing, but the connection has room for all events.
    for _ in 0..5 {
        sleep(seconds(300)).await;
        assert!(pieces.send("event"));
    }
    drop(pieces);
    client
        .write_all(&request_bytes("GET", "/", &[("Connection", "close")], b""))
        .await
        .expect("it is open");
    let text = String::from_utf8(rest(&mut client).await).expect("it is text");
    assert_eq!(text.matches("event\r\n").count(), 5, "{text}");
    assert!(text.ends_with("page"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_continues_while_it_is_read_and_is_dropped_when_it_is_not() {
    let Prepared { router, pieces } = api();
    let server = Connector::serve(router);
    let mut client = server.connect(200);
    client.write_all(&get("/events")).await.expect("it is open");
    for _ in 0..10 {
        pieces.send(vec![b'x'; 1000]);
    }
    let mut space = vec![0; 1000];
    for _ in 0..5 {
        sleep(seconds(59)).await;
        let received = client.read(&mut space).await.expect("it is open");
        assert!(received > 0);
        assert!(pieces.send("y"));
    }
    sleep(seconds(61)).await;
    assert!(!pieces.send("y"));
}

#[tokio::test(start_paused = true)]
async fn none_disables_the_timeout() {
    let Prepared { router, pieces } = api();
    let server = Connector::serve(router.write_timeout(None));
    let mut client = server.connect(100);
    client.write_all(&get("/events")).await.expect("it is open");
    pieces.send(vec![b'x'; 10_000]);
    sleep(seconds(7_000)).await;
    drop(pieces);
    client
        .write_all(&request_bytes("GET", "/", &[("Connection", "close")], b""))
        .await
        .expect("it is open");
    assert!(rest(&mut client).await.ends_with(b"page"));
}

#[tokio::test(start_paused = true)]
async fn pipelined_responses_that_the_client_does_not_read_time_out() {
    let server = Connector::serve(api().router);
    let mut client = server.connect(1000);
    let begun = Instant::now();
    let written = client.write_all(&get("/").repeat(1000)).await;
    assert!(written.is_err(), "the server has closed the connection");
    assert_eq!(begun.elapsed().as_secs(), 60);
    let answers = rest(&mut client).await;
    assert_eq!(answers.len(), 1000);
}

#[tokio::test(start_paused = true)]
async fn an_echo_that_is_not_read_times_out_although_the_client_still_sends() {
    let server = Connector::serve(api().router);
    let mut client = server.connect(1000);
    let head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";
    client.write_all(head).await.expect("it is open");
    let begun = Instant::now();
    let written = client.write_all(&vec![b'x'; 1_000_000]).await;
    assert!(written.is_err(), "the server has closed the connection");
    assert_eq!(begun.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn the_timeout_does_not_apply_to_sockets() {
    let server = Connector::serve(api().router);
    let mut client = server.connect(1000);
    client
        .write_all(&upgrade_bytes("/socket", &[]))
        .await
        .expect("it is open");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.expect("it is open"));
    }
    client
        .write_all(&Frame::text("flood").encode())
        .await
        .expect("it is open");
    sleep(seconds(3_000)).await;
    // A frame of 100,000 bytes, with a header of 10 bytes.
    let mut received = vec![0; 10 + 100_000];
    client.read_exact(&mut received).await.expect("it is open");
    assert_eq!(received[..2], [0x82, 127]);
    client
        .write_all(&Frame::text("still there").encode())
        .await
        .expect("it is open");
    let mut received = [0; 2 + 11];
    client.read_exact(&mut received).await.expect("it is open");
    assert_eq!(&received[2..], b"still there");
}
