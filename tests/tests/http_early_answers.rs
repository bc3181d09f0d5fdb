//! Requests that are answered before their body has been sent: the client gets the whole answer.

use router::prelude::*;
use router_tests::{Connector, RawClient, Reply, Server, request_bytes};
use serde::Deserialize;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    task::spawn_blocking,
    time::{Instant, sleep, timeout},
};

#[derive(Deserialize)]
struct Item {
    name: String,
}

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn page(&self) -> &'static str {
        "page"
    }

    #[route(post, "/bytes")]
    fn bytes(&self, body: Bytes) -> String {
        body.len().to_string()
    }

    #[route(post, "/item")]
    fn item(&self, item: Json<Item>) -> String {
        item.0.name
    }

    #[route(post, "/secret")]
    fn secret(&self) -> Result<&'static str, (StatusCode, &'static str)> {
        Err((StatusCode::UNAUTHORIZED, "who are you?"))
    }

    #[route(post, "/unread")]
    fn unread(&self) -> &'static str {
        "unread"
    }
}

async fn start() -> Server {
    Server::start(Router::new().mount(Api)).await
}

/// Requests that are answered early: method and path, headers, the status, and a part of the answer's text.
const REFUSALS: [(&str, &str, u16, &str); 8] = [
    ("POST /nowhere", "Host: a", 404, "Not Found"),
    ("POST /", "Host: a", 405, "Method Not Allowed"),
    ("POST /bytes", "Host: a", 413, "longer than"),
    ("POST /secret", "Host: a", 401, "who are you?"),
    ("POST /item", "Host: a\r\nContent-Type: text/plain", 415, ""),
    ("POST /unread", "Host: a", 200, "unread"),
    ("POST /bytes", "Host: a b", 400, "Host"),
    ("GET /", "Host: a", 200, "page"),
];

/// Sends a whole request before it reads the answer, as some clients and proxies do. Returns the answer.
fn upload(addr: SocketAddr, head: &str, size: usize, chunked: bool) -> Vec<u8> {
    let mut stream = TcpStream::connect(addr).expect("it listens");
    let length = match chunked {
        true => "Transfer-Encoding: chunked".to_owned(),
        false => format!("Content-Length: {size}"),
    };
    let piece = [b'x'; 64 * 1024];
    let mut left = size;
    let mut write = |bytes: &[u8]| stream.write_all(bytes).expect("the server reads all of it");
    write(format!("{head}\r\n{length}\r\n\r\n").as_bytes());
    while left > 0 {
        let now = left.min(piece.len());
        if chunked {
            write(format!("{now:x}\r\n").as_bytes());
        }
        write(&piece[..now]);
        if chunked {
            write(b"\r\n");
        }
        left -= now;
    }
    if chunked {
        write(b"0\r\n\r\n");
    }
    let mut answer = Vec::new();
    stream
        .read_to_end(&mut answer)
        .expect("the connection ends, and does not break");
    answer
}

async fn assert_answered(size: usize, chunked: bool, times: usize) {
    let server = start().await;
    let addr = server.addr();
    for (line, headers, status, text) in REFUSALS {
        for _ in 0..times {
            let head = format!("{line} HTTP/1.1\r\n{headers}");
            let answer = spawn_blocking(move || upload(addr, &head, size, chunked)).await;
            let answer = answer.unwrap_or_else(|error| panic!("{line}: {error}"));
            let answer = String::from_utf8(answer).expect("it is text");
            let (head, body) = answer.split_once("\r\n\r\n").expect("it has a head");
            assert!(
                head.starts_with(&format!("HTTP/1.1 {status} ")),
                "{line}: {head}"
            );
            assert!(head.contains("\r\nconnection: close"), "{line}: {head}");
            let length = format!("\r\ncontent-length: {}", body.len());
            assert!(head.contains(&length), "{line}: {answer}");
            assert!(body.contains(text), "{line}: {body}");
        }
    }
}

#[tokio::test]
async fn the_answer_to_an_upload_of_3_mb_arrives_20_times_of_20() {
    assert_answered(3_000_000, false, 20).await;
}

#[tokio::test]
async fn the_answer_to_an_upload_of_30_mb_arrives_20_times_of_20() {
    assert_answered(30_000_000, false, 20).await;
}

#[tokio::test]
async fn the_answer_to_a_chunked_upload_arrives_20_times_of_20() {
    assert_answered(3_000_000, true, 20).await;
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Starts an upload over a connection in memory, and reads the answer until the server closes its sending
/// side.
async fn refused() -> DuplexStream {
    let server = Connector::serve(Router::new().mount(Api));
    let mut client = server.connect(64 * 1024);
    let head = b"POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n";
    client.write_all(head).await.expect("it is open");
    client
        .write_all(&[b'x'; 100_000])
        .await
        .expect("it is open");
    let mut answer = String::new();
    client
        .read_to_string(&mut answer)
        .await
        .expect("it is answered");
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    assert!(answer.ends_with("Not Found"), "{answer}");
    client
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stalls_after_the_refusal_is_closed_after_two_seconds() {
    let mut client = refused().await;
    sleep(Duration::from_millis(1_900)).await;
    client.write_all(b"x").await.expect("it is still open");
    sleep(Duration::from_millis(2_100)).await;
    client.write_all(b"x").await.expect_err("it is closed");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_trickles_after_the_refusal_is_closed_after_ten_seconds() {
    let mut client = refused().await;
    let begun = Instant::now();
    while client.write_all(b"x").await.is_ok() {
        sleep(Duration::from_millis(100)).await;
    }
    let waited = begun.elapsed();
    assert!(
        waited >= seconds(10) && waited < Duration::from_millis(10_300),
        "{waited:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_without_end_is_closed_after_at_most_ten_seconds() {
    let mut client = refused().await;
    let begun = Instant::now();
    let piece = vec![b'x'; 1_000_000];
    let mut sent = 0;
    while client.write_all(&piece).await.is_ok() {
        sent += 1;
        assert!(sent < 200, "the server reads more than 200 MB");
    }
    assert!(begun.elapsed() <= seconds(11), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_ends_after_the_refusal_is_closed_at_once() {
    let mut client = refused().await;
    client.write_all(b"x").await.expect("it is still open");
    client.shutdown().await.expect("it is still open");
    let server = start().await;
    let mut client = RawClient::connect(server.addr()).await;
    client
        .write(b"POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nx")
        .await;
    assert_eq!(client.reply().await.status, 404);
    client.finish().await;
    assert_eq!(client.gone_after().await.1.as_millis(), 0);
}

#[tokio::test]
async fn a_request_with_expect_100_continue_is_answered_before_its_body() {
    let server = start().await;
    for (line, headers, status, _) in REFUSALS {
        for length in [5, 16 * 1024, 3_000_000] {
            let mut client = RawClient::connect(server.addr()).await;
            let rest = format!("Content-Length: {length}\r\nExpect: 100-continue\r\n\r\n");
            client
                .write(format!("{line} HTTP/1.1\r\n{headers}\r\n{rest}").as_bytes())
                .await;
            let reply = client.reply_to_head().await;
            if status == 413 && length < 3_000_000 {
                assert_eq!(reply.status, 100);
                continue;
            }
            assert_eq!(reply.status, status, "{line} with {length} bytes");
            // The connection cannot be kept, because neither side knows whether a body follows.
            assert_eq!(
                reply.header("connection"),
                Some("close"),
                "{line} with {length} bytes"
            );
        }
    }
}

#[tokio::test]
async fn a_request_with_expect_100_continue_gets_100_if_its_body_is_read() {
    let server = start().await;
    let mut client = RawClient::connect(server.addr()).await;
    for _ in 0..3 {
        let head =
            "POST /bytes HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
        client.write(head.as_bytes()).await;
        assert_eq!(client.reply_to_head().await.status, 100);
        client.write(b"hello").await;
        assert_eq!(client.reply().await.text(), "5");
    }
}

/// Asserts that the connection stays open, and that the next request is answered.
async fn assert_kept(client: &mut RawClient, reply: &Reply, what: &str) {
    assert_eq!(reply.header("connection"), None, "{what}");
    let next = client.request("GET", "/", &[], b"").await;
    assert_eq!((next.status, next.text()), (200, "page"), "{what}");
}

#[tokio::test]
async fn a_small_body_that_nobody_reads_keeps_the_connection() {
    let server = start().await;
    for length in [1, 1000, 16 * 1024] {
        let mut client = RawClient::connect(server.addr()).await;
        for (path, status) in [
            ("/nowhere", 404),
            ("/", 405),
            ("/secret", 401),
            ("/unread", 200),
        ] {
            let reply = client.request("POST", path, &[], &vec![b'x'; length]).await;
            assert_eq!(reply.status, status);
            assert_kept(&mut client, &reply, path).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_small_body_that_arrives_behind_its_head_keeps_the_connection() {
    let server = start().await;
    for path in ["/nowhere", "/unread", "/secret"] {
        let mut client = RawClient::connect(server.addr()).await;
        let request = request_bytes("POST", path, &[], b"hello");
        let (head, body) = request.split_at(request.len() - 5);
        client.write(head).await;
        // Some clients send head and body separately.
        sleep(Duration::from_millis(5)).await;
        client.write(body).await;
        let reply = client.reply().await;
        assert_kept(&mut client, &reply, path).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_small_body_that_does_not_arrive_is_answered_with_connection_close() {
    let server = start().await;
    for path in ["/nowhere", "/unread", "/secret"] {
        let mut client = RawClient::connect(server.addr()).await;
        let request = request_bytes("POST", path, &[], b"hello");
        client.write(&request[..request.len() - 1]).await;
        let reply = client.reply().await;
        assert_eq!(reply.header("connection"), Some("close"), "{path}");
        let (rest, time) = client.gone_after().await;
        assert_eq!(rest, b"", "{path}");
        assert!(time < seconds(3), "{path}: {time:?}");
    }
}

#[tokio::test]
async fn a_large_body_that_nobody_reads_is_answered_with_connection_close() {
    let server = start().await;
    for length in [16 * 1024 + 1, 100_000] {
        for path in ["/nowhere", "/unread", "/secret"] {
            let mut client = RawClient::connect(server.addr()).await;
            let reply = client.request("POST", path, &[], &vec![b'x'; length]).await;
            assert_eq!(reply.header("connection"), Some("close"), "{path}");
            client.finish().await;
            client.expect_end().await;
        }
    }
    // A large body that is read does not end the connection.
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client
        .request("POST", "/bytes", &[], &vec![b'x'; 100_000])
        .await;
    assert_kept(&mut client, &reply, "/bytes").await;
}

#[tokio::test]
async fn a_body_that_nobody_reads_is_never_taken_for_a_request() {
    let server = start().await;
    let smuggled = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for padding in [0, 16 * 1024, 100_000] {
        for path in ["/nowhere", "/unread", "/secret", "/item"] {
            let body = [&smuggled[..], &vec![b'\n'; padding], smuggled].concat();
            let mut client = RawClient::connect(server.addr()).await;
            client.takes(&request_bytes("POST", path, &[], &body)).await;
            client.finish().await;
            let answer = timeout(seconds(10), client.expect_gone()).await;
            let answer = answer.expect("the connection ends");
            let text = String::from_utf8_lossy(&answer);
            assert_eq!(text.matches("HTTP/1.1 ").count(), 1, "{path}: {text}");
        }
    }
}
