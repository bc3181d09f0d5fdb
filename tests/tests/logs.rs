//! Log lines about clients that make mistakes. The lines contain enough to diagnose the mistake. Their level
//! is below `WARN`, so that such a client does not alert an operator.

use router::prelude::*;
use router_tests::{
    Frame, HANDSHAKE, Line, Lines, RawClient, Server, get, opcode, request, request_bytes,
};
use serde::Deserialize;
use std::time::{Duration, Instant};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tracing::Level;

#[derive(Deserialize)]
struct Point {
    x: i32,
}

struct Api;

#[websocket(
    path = "/ws",
    data = (),
    origins = ["https://good.example"],
    protocols = ["chat"],
    max_payload_length = 1000
)]
impl Api {
    #[route(get, "/page")]
    fn page(&self) -> &'static str {
        "a page"
    }

    #[route(post, "/text")]
    fn text(&self, body: String) -> String {
        body
    }

    #[route(post, "/json")]
    fn json(&self, point: Json<Point>) -> String {
        point.0.x.to_string()
    }

    #[route(get, "/number/{n}")]
    fn number(&self, n: u8) -> String {
        n.to_string()
    }

    #[route(get, "/query")]
    fn query(&self, point: Query<Point>) -> String {
        point.0.x.to_string()
    }

    #[route(post, "/echo")]
    fn echo(&self, body: Body) -> Response {
        http::Response::new(body)
    }

    #[route(post, "/echo-request")]
    async fn echo_request(&self, request: http::Request<Body>) -> Response {
        http::Response::new(request.into_body())
    }

    #[route(get, "/endless")]
    fn endless(&self) -> Body {
        use futures_util::{StreamExt, stream};
        use http_body::Frame;
        let pieces = stream::repeat(Bytes::from_static(&[b'x'; 10_000]));
        let pieces = pieces.map(|piece| Ok::<_, router::BoxError>(Frame::data(piece)));
        Body::new(http_body_util::StreamBody::new(pieces))
    }

    #[on(text)]
    fn message(&self, ws: &mut Socket<()>, point: Json<Point>) {
        ws.send(point.0.x.to_string());
    }
}

/// A socket that is limited to one connection, and does not set `origins`.
struct Few;

#[websocket(path = "/few", data = (), max_connections = 1)]
impl Few {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

/// A socket that deliberately admits the pages of all origins.
struct Anybody;

#[websocket(path = "/anybody", data = (), origins = ["*"])]
impl Anybody {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

async fn server() -> Server {
    let router = Router::new().mount(Api).mount(Few).body_limit(100);
    Server::start(router).await
}

#[tokio::test]
async fn a_socket_that_any_page_may_open_is_logged_at_startup() {
    let lines = Lines::record();
    let router = Router::new().mount(Api).mount(Few).mount(Anybody);
    let server = Server::start(router).await;
    assert_eq!(get(server.addr(), "/page").await.text(), "a page");
    let mut found = lines.take();
    found.retain(|line| line.message.contains("any web page may open this socket"));
    let [line] = &found[..] else {
        panic!("one line, not {found:?}");
    };
    assert_eq!(line.level, Level::INFO);
    assert!(line.field("module").unwrap().ends_with("::Few"), "{line:?}");
}

/// Takes the log lines about refused requests and handshakes.
fn refusals(lines: &Lines) -> Vec<Line> {
    let mut lines = lines.take();
    lines.retain(|line| line.message.contains("refused") || line.message.contains("no route"));
    lines
}

#[tokio::test]
async fn a_refused_handshake_is_logged_as_one_line_with_the_reason() {
    let lines = Lines::record();
    let server = server().await;
    let [upgrade, connection, key, version] = HANDSHAKE;
    let bad_key = ("Sec-WebSocket-Key", "short");
    let bad_version = ("Sec-WebSocket-Version", "12");
    let origin = ("Origin", "https://good.example");
    let offer = ("Sec-WebSocket-Protocol", "other");
    for (headers, status, reason) in [
        (
            vec![upgrade, connection, version, origin],
            400,
            "Sec-WebSocket-Key",
        ),
        (
            vec![upgrade, connection, bad_key, version, origin],
            400,
            "Sec-WebSocket-Key",
        ),
        (
            vec![upgrade, connection, key, bad_version, origin],
            426,
            "Sec-WebSocket-Version",
        ),
        (vec![upgrade, key, version, origin], 400, "Connection"),
        (vec![origin], 426, "Upgrade"),
        (
            vec![upgrade, connection, key, version, origin, offer],
            400,
            "subprotocol",
        ),
    ] {
        lines.take();
        let reply = request(server.addr(), "GET", "/ws", &headers, b"").await;
        assert_eq!(reply.status, status, "{headers:?}");
        let found = refusals(&lines);
        let [line] = &found[..] else {
            panic!("one line, not {found:?}");
        };
        assert_eq!(line.level, Level::DEBUG);
        assert!(line.field("reason").unwrap().contains(reason), "{line:?}");
        assert_eq!(line.field("origin"), Some("https://good.example"));
        assert_eq!(line.field("host"), Some("localhost"));
        assert!(line.field("handler").is_some(), "{line:?}");
    }
}

/// Makes handshakes that are refused. Asserts that one per second is logged at `INFO`, and the others at
/// `DEBUG`.
async fn assert_seldom(lines: &Lines, server: &Server, path: &str, status: u16, help: &str) {
    let start = Instant::now();
    lines.take();
    for _ in 0..5 {
        let mut client = RawClient::connect(server.addr()).await;
        let origin = [("Origin", "https://evil.example")];
        let reply = client.handshake(path, &origin).await;
        assert_eq!(reply.status, status);
    }
    let found = refusals(lines);
    assert_eq!(found.len(), 5, "one line each: {found:?}");
    assert_eq!(found[0].level, Level::INFO);
    assert!(found[0].field("help").unwrap().contains(help), "{found:?}");
    for line in &found {
        assert_eq!(line.field("origin"), Some("https://evil.example"));
        assert_eq!(line.field("host"), Some("localhost"));
    }
    if start.elapsed() < Duration::from_millis(900) {
        assert!(
            found[1..].iter().all(|line| line.level == Level::DEBUG),
            "{found:?}"
        );
    }
}

#[tokio::test]
async fn a_wrong_origin_is_logged_at_info_once_per_second() {
    let lines = Lines::record();
    let server = server().await;
    assert_seldom(&lines, &server, "/ws", 403, "origins").await;
}

#[tokio::test]
async fn reaching_max_connections_is_logged_at_info_once_per_second() {
    let lines = Lines::record();
    let server = server().await;
    let mut client = RawClient::open(server.addr(), "/few").await;
    assert_seldom(&lines, &server, "/few", 503, "max_connections").await;
    client.ask("hello", "hello").await;
}

#[tokio::test]
async fn a_refused_request_is_logged_as_one_line() {
    let lines = Lines::record();
    let server = server().await;
    let long = [b'x'; 101];
    let json = [("Content-Type", "application/json")];
    for (method, path, headers, body, status) in [
        ("GET", "/nothing", &[][..], &b""[..], 404),
        ("POST", "/page", &[], b"", 405),
        ("BREW", "/page", &[], b"", 405),
        ("GET", "/number/x", &[], b"", 400),
        ("GET", "/query?x=y", &[], b"", 400),
        ("GET", "/query", &[], b"", 400),
        ("POST", "/text", &[], &long, 413),
        ("POST", "/text", &[], b"\xff", 400),
        ("POST", "/json", &json, b"{", 400),
        ("POST", "/json", &json, b"{}", 422),
        ("POST", "/json", &[], b"{}", 415),
        ("GET", "/page", &[("Host", "other")], b"", 400),
        ("CONNECT", "localhost:80", &[], b"", 501),
    ] {
        lines.take();
        let reply = request(server.addr(), method, path, headers, body).await;
        assert_eq!(reply.status, status, "{method} {path}");
        let found = refusals(&lines);
        let [line] = &found[..] else {
            panic!("{method} {path}: one line, not {found:?}");
        };
        assert_eq!(line.level, Level::DEBUG);
        assert_eq!(line.field("status"), Some(status.to_string().as_str()));
        let subject = line.field("path").or(line.field("handler"));
        assert!(subject.is_some(), "{line:?}");
    }
    lines.take();
    assert_eq!(get(server.addr(), "/page").await.status, 200);
    assert_eq!(refusals(&lines).len(), 0, "no refusal was expected");
}

/// Sends `bytes`, reads nothing, and ends the connection with a reset.
async fn reset_after(server: &Server, bytes: &[u8]) {
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    // The number of bytes that the server has read by now varies. The log must not depend on it.
    tokio::task::yield_now().await;
    stream.set_zero_linger().unwrap();
}

/// Sends `bytes`, closes the sending side, and reads until the connection ends.
async fn finish_after(server: &Server, bytes: &[u8]) {
    let mut client = RawClient::connect(server.addr()).await;
    client.write(bytes).await;
    client.finish().await;
    client.expect_gone().await;
}

#[tokio::test]
async fn rejected_requests_cause_no_warnings_or_errors_in_the_log() {
    let lines = Lines::record();
    let server = server().await;
    let json = [("Content-Type", "application/json")];
    let length = [("Content-Length", "50")];
    let chunked = [("Transfer-Encoding", "chunked")];
    let mut requests = vec![
        b"GET / HT".to_vec(),
        b"GET /page HTTP/1.1\r\nHost: local".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        b"GET /page HTTP/1.1\r\n\r\n".to_vec(),
        b"GET /page HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_vec(),
        b"GET /page HTTP/1.1\r\nbad header\r\n\r\n".to_vec(),
        b"GET /page HTTP/9.9\r\nHost: a\r\n\r\n".to_vec(),
        [
            b"GET /page HTTP/1.1\r\nHost: a\r\nX: ".to_vec(),
            vec![b'x'; 100_000],
        ]
        .concat(),
        request_bytes("GET", "/page", &[("Content-Length", "x")], b""),
        request_bytes("GET", "/endless", &[], b""),
    ];
    for path in [
        "/echo",
        "/echo-request",
        "/text",
        "/json",
        "/page",
        "/nothing",
    ] {
        requests.extend([
            request_bytes("POST", path, &json, b"{"),
            request_bytes("POST", path, &[], &[b'x'; 101]),
            request_bytes("POST", path, &json, &[b'x'; 100_000]),
            [&request_bytes("POST", path, &length, b"")[..], b"a part"].concat(),
            [&request_bytes("POST", path, &chunked, b"")[..], b"5\r\na p"].concat(),
            [
                &request_bytes("POST", path, &chunked, b"")[..],
                b"5\r\na par\r\n",
            ]
            .concat(),
            [
                &request_bytes("POST", path, &chunked, b"")[..],
                b"5\r\na par\r\nnonsense\r\n",
            ]
            .concat(),
            [
                &request_bytes("POST", path, &chunked, b"")[..],
                b"80\r\n",
                &[b'x'; 128],
                b"\r\n0\r\n\r\n",
            ]
            .concat(),
        ]);
    }
    for bytes in &requests {
        reset_after(&server, bytes).await;
        if !bytes.starts_with(b"GET /endless") {
            finish_after(&server, bytes).await;
        }
        let found = lines.take();
        let bad: Vec<_> = found
            .iter()
            .filter(|line| line.level <= Level::WARN)
            .collect();
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
        assert!(bad.is_empty(), "{start:?}: {bad:?}");
    }
    let origin = [
        ("Origin", "https://good.example"),
        ("Sec-WebSocket-Protocol", "chat"),
    ];
    for frames in [
        &[Frame::text("no json")][..],
        &[Frame::text("{}")],
        &[Frame::text("{\"x\": 99999999999}")],
        &[Frame::binary(*b"nobody takes these")],
        &[Frame::text([b'x'; 1001])],
        &[Frame::new(opcode::TEXT, *b"\xff")],
        &[Frame::new(opcode::CLOSE, *b"\x00")],
        &[Frame::new(opcode::CLOSE, *b"\x03\xff")],
        &[Frame::new(3, *b"")],
        &[Frame::new(opcode::CONTINUATION, *b"x")],
        &[Frame::new(opcode::PING, [b'x'; 126])],
    ] {
        for how in ["reset", "finish"] {
            let mut client = RawClient::connect(server.addr()).await;
            let reply = client.handshake("/ws", &origin).await;
            assert_eq!(reply.status, 101);
            client.send_all(frames).await;
            if how == "finish" {
                client.finish().await;
                client.expect_gone().await;
            }
        }
        let bytes: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
        let handshake = router_tests::upgrade_bytes("/ws", &origin);
        reset_after(
            &server,
            &[&handshake[..], &bytes[..bytes.len() - 1]].concat(),
        )
        .await;
    }
    assert_eq!(get(server.addr(), "/page").await.text(), "a page");
    server.shutdown().await.unwrap();
    let bad: Vec<Line> = lines.take();
    let bad: Vec<_> = bad
        .iter()
        .filter(|line| line.level <= Level::WARN)
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
}
