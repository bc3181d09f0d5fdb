//! Inputs that broke other servers. After each input, the next client is served.

use router::prelude::*;
use router_tests::{Frame, RawClient, Server, request_bytes, upgrade_bytes};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep},
};

struct Target;

#[websocket(path = "/", data = (), per_message_deflate, protocols = ["chat"])]
impl Target {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }

    #[on(binary)]
    fn binary(&self, ws: &mut Socket<()>, bytes: &[u8]) {
        for i in 0..1000 {
            ws.subscribe(&format!("{}-{i}", String::from_utf8_lossy(bytes)));
        }
        ws.send(ws.subscriptions().len().to_string());
    }
}

async fn start() -> Server {
    Server::start(Router::new().mount(Target)).await
}

async fn assert_serves(server: &Server) {
    RawClient::open(server.addr(), "/")
        .await
        .ask("still there", "still there")
        .await;
}

#[tokio::test]
async fn ten_thousand_headers_are_refused() {
    let server = start().await;
    let headers: Vec<(String, String)> = (0..10_000)
        .map(|i| (format!("X-{i}"), "x".to_owned()))
        .collect();
    let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (&**n, &**v)).collect();
    let mut client = RawClient::connect(server.addr()).await;
    client.takes(&upgrade_bytes("/", &headers)).await;
    assert_refused(&client.expect_gone().await);
    assert_serves(&server).await;
}

#[tokio::test]
async fn a_header_of_a_mebibyte_is_refused() {
    let server = start().await;
    let mut client = RawClient::connect(server.addr()).await;
    client
        .takes(&upgrade_bytes("/", &[("X-Large", &"x".repeat(1 << 20))]))
        .await;
    assert_refused(&client.expect_gone().await);
    assert_serves(&server).await;
}

fn assert_refused(answer: &[u8]) {
    let text = String::from_utf8_lossy(answer);
    let is_refusal = text.starts_with("HTTP/1.1 431") || text.starts_with("HTTP/1.1 400");
    assert!(text.is_empty() || is_refusal, "{text}");
}

#[tokio::test]
async fn pathological_lists_are_answered() {
    let router = Router::new().mount(Target).max_head(64 * 1024);
    let server = Server::start(router).await;
    for (name, status) in [
        ("Sec-WebSocket-Protocol", 400),
        ("Sec-WebSocket-Extensions", 101),
    ] {
        for unit in [" ", ",", "\"", "a,", "a;", "=", "\\\"", "chat ", ";a=\""] {
            let value = format!("x{}x x", unit.repeat(50_000 / unit.len()));
            let mut client = RawClient::connect(server.addr()).await;
            let reply = client.handshake("/", &[(name, &value)]).await;
            assert_eq!(reply.status, status, "{name} of {unit:?}");
            assert_eq!(reply.header("sec-websocket-extensions"), None);
        }
    }
    assert_serves(&server).await;
}

#[tokio::test]
async fn requests_that_two_servers_could_parse_differently_are_400() {
    let server = start().await;
    for head in [
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 6\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 0x5\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Bad Name: x\r\n",
        "Split: a\r\n folded\r\n",
    ] {
        let mut client = RawClient::connect(server.addr()).await;
        let request = format!("POST / HTTP/1.1\r\nHost: x\r\n{head}\r\n");
        client.takes(request.as_bytes()).await;
        let answer = client.expect_gone().await;
        let text = String::from_utf8_lossy(&answer);
        assert!(text.starts_with("HTTP/1.1 400"), "{head:?}: {text}");
    }
    assert_serves(&server).await;
}

#[tokio::test]
async fn an_upgrade_to_http2_is_not_accepted() {
    let server = start().await;
    let extra = [
        ("Connection", "Upgrade, HTTP2-Settings"),
        ("Upgrade", "h2c"),
        ("HTTP2-Settings", "AAMAAABkAAQCAAAAAAIAAAAA"),
    ];
    let mut client = RawClient::connect(server.addr()).await;
    client.write(&request_bytes("GET", "/", &extra, b"")).await;
    assert_ne!(client.reply().await.status, 101);
    assert_serves(&server).await;
}

#[tokio::test]
async fn a_handshake_cut_off_at_any_byte_ends_the_connection() {
    let server = start().await;
    let request = upgrade_bytes("/", &[]);
    for end in 0..request.len() {
        let mut client = RawClient::connect(server.addr()).await;
        client.takes(&request[..end]).await;
        client.finish().await;
        let answer = client.expect_gone().await;
        assert!(!answer.starts_with(b"HTTP/1.1 101"), "after {end} bytes");
    }
    assert_serves(&server).await;
}

#[tokio::test]
async fn a_frame_cut_off_at_any_byte_ends_the_connection() {
    let server = start().await;
    let frames = [
        Frame::text("a text").encode(),
        Frame::ping("a ping").encode(),
        Frame::binary([1; 200]).encode(),
    ];
    for frame in frames {
        for end in 1..frame.len() {
            let mut client = RawClient::open(server.addr(), "/").await;
            client.write(&frame[..end]).await;
            client.finish().await;
            assert_eq!(client.expect_gone().await, b"", "after {end} bytes");
        }
    }
    assert_serves(&server).await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_with_an_unfinished_head_is_closed_after_ten_seconds() {
    let server = start().await;
    let mut client = TcpStream::connect(server.addr()).await.expect("it listens");
    let begun = Instant::now();
    for byte in b"GET" {
        client.write_all(&[*byte]).await.expect("it is open");
        sleep(Duration::from_secs(3)).await;
    }
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.expect("it ends");
    let waited = begun.elapsed().as_secs();
    assert!((10..=11).contains(&waited), "{waited} s: {answer:?}");
}

#[tokio::test]
async fn broken_connections_leave_no_subscriptions() {
    let server = start().await;
    for round in 0..10 {
        let mut clients = Vec::new();
        for _ in 0..50 {
            let mut client = RawClient::open(server.addr(), "/").await;
            client.send(Frame::binary(format!("topic-{round}"))).await;
            client.expect_text("1000").await;
            clients.push(client);
        }
        assert_eq!(
            server.hub().subscriber_count(&format!("topic-{round}-7")),
            50
        );
        // The replies are not read, so each connection ends with a reset.
        for client in &mut clients {
            client.send(Frame::text("x".repeat(1000))).await;
        }
    }
    router_tests::within("all subscriptions to end", async {
        for round in 0..10 {
            while server.hub().subscriber_count(&format!("topic-{round}-7")) > 0 {
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
    assert_serves(&server).await;
}
