//! `max_head`, `max_headers` and `max_uri`: a request at the limit is served, and one byte or field more is
//! 431 or 414.

use router::prelude::*;
use router_tests::{HANDSHAKE, RawClient, Reply, Server, request, request_bytes, upgrade_bytes};

const KIB: usize = 1024;

struct Api;

#[websocket(path = "/ws", data = ())]
impl Api {
    #[route(get, "/{*path}")]
    fn page(&self, path: String) -> String {
        path.len().to_string()
    }

    #[route(post, "/")]
    fn upload(&self, body: Bytes) -> String {
        body.len().to_string()
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

async fn start(configure: impl FnOnce(Router) -> Router) -> Server {
    Server::start(configure(Router::new().mount(Api))).await
}

async fn start_default() -> Server {
    start(|router| router).await
}

/// Returns a `GET` request whose head has `length` bytes.
fn page_of(length: usize) -> Vec<u8> {
    padded(length, |padding| {
        request_bytes("GET", "/a", &[padding], b"")
    })
}

/// Returns a handshake whose head has `length` bytes.
fn handshake_of(length: usize) -> Vec<u8> {
    padded(length, |padding| upgrade_bytes("/ws", &[padding]))
}

fn padded(length: usize, request: impl Fn((&str, &str)) -> Vec<u8>) -> Vec<u8> {
    let shortest = request(("X-Padding", "")).len();
    let request = request(("X-Padding", &"x".repeat(length - shortest)));
    assert_eq!(request.len(), length);
    request
}

/// Sends a request in pieces. The server reads them one by one, because another client is served after each
/// piece.
async fn send_in_pieces(client: &mut RawClient, server: &Server, bytes: &[u8], piece: usize) {
    let mut other = RawClient::connect(server.addr()).await;
    for piece in bytes.chunks(piece) {
        client.write(piece).await;
        assert_page(&mut other).await;
    }
}

async fn assert_page(client: &mut RawClient) {
    let reply = client.request("GET", "/a", &[], b"").await;
    assert_eq!((reply.status, reply.text()), (200, "1"));
}

/// Asserts that a request was refused, and that the connection can be used for another request.
async fn assert_refused_and_usable(client: &mut RawClient, status: u16) {
    let reply = client.reply().await;
    assert_eq!(reply.status, status);
    assert_eq!(reply.header("connection"), None);
    assert_page(client).await;
}

#[tokio::test]
async fn a_head_of_the_limit_is_served_and_one_byte_more_is_431() {
    for (server, limit) in [
        (start_default().await, 32 * KIB),
        (start(|router| router.max_head(8 * KIB)).await, 8 * KIB),
        (start(|router| router.max_head(10_001)).await, 10_001),
        (start(|router| router.max_head(KIB * KIB)).await, KIB * KIB),
    ] {
        let mut client = RawClient::connect(server.addr()).await;
        for _ in 0..3 {
            client.write(&page_of(limit)).await;
            assert_eq!(client.reply().await.status, 200, "{limit}");
            client.write(&page_of(limit + 1)).await;
            assert_refused_and_usable(&mut client, 431).await;
        }
    }
}

#[tokio::test]
async fn a_head_in_pieces_has_the_same_limit() {
    let server = start_default().await;
    for piece in [4 * KIB, 5_000, 32 * KIB, 32 * KIB - 1] {
        let mut client = RawClient::connect(server.addr()).await;
        send_in_pieces(&mut client, &server, &page_of(32 * KIB), piece).await;
        assert_eq!(client.reply().await.status, 200, "{piece}");
        send_in_pieces(&mut client, &server, &page_of(32 * KIB + 1), piece).await;
        assert_refused_and_usable(&mut client, 431).await;
    }
}

#[tokio::test]
async fn pipelined_heads_are_counted_separately() {
    let server = start_default().await;
    let mut client = RawClient::connect(server.addr()).await;
    let short = request_bytes("GET", "/a", &[], b"");
    let requests = [
        short.clone(),
        page_of(32 * KIB),
        page_of(32 * KIB + 1),
        short,
    ];
    client.write(&requests.concat()).await;
    for status in [200, 200, 431, 200] {
        assert_eq!(client.reply().await.status, status);
    }
}

#[tokio::test]
async fn the_body_is_no_part_of_the_head() {
    let server = start(|router| router.max_head(8 * KIB)).await;
    let mut client = RawClient::connect(server.addr()).await;
    for _ in 0..2 {
        let reply = client.request("POST", "/", &[], &[7; 100 * KIB]).await;
        assert_eq!((reply.status, reply.text()), (200, "102400"));
    }
}

#[tokio::test]
async fn a_small_unread_body_leaves_the_connection_usable_and_a_large_one_closes_it() {
    let server = start_default().await;
    let padding = "x".repeat(32 * KIB);
    for (length, is_kept) in [(KIB, true), (100 * KIB, false)] {
        let mut client = RawClient::connect(server.addr()).await;
        let headers = [("X-Padding", padding.as_str())];
        let reply = client
            .request("POST", "/", &headers, &vec![7; length])
            .await;
        assert_eq!(reply.status, 431, "{length}");
        if is_kept {
            assert_page(&mut client).await;
        } else {
            assert_eq!(reply.header("connection"), Some("close"));
            client.finish().await;
            client.expect_end().await;
        }
    }
}

#[tokio::test]
async fn handshakes_have_the_same_limit() {
    let server = start_default().await;
    let mut client = RawClient::connect(server.addr()).await;
    client.write(&handshake_of(32 * KIB)).await;
    assert_eq!(client.reply().await.status, 101);
    client.ask("hello", "hello").await;

    let mut client = RawClient::connect(server.addr()).await;
    send_in_pieces(&mut client, &server, &handshake_of(32 * KIB), 4 * KIB).await;
    assert_eq!(client.reply().await.status, 101);
    client.ask("hello", "hello").await;

    let mut client = RawClient::connect(server.addr()).await;
    client.write(&handshake_of(32 * KIB + 1)).await;
    assert_eq!(client.reply().await.status, 431);

    let mut client = RawClient::connect(server.addr()).await;
    let target = format!("/ws?{}", "x".repeat(8 * KIB));
    assert_eq!(client.handshake(&target, &[]).await.status, 414);

    let mut client = RawClient::connect(server.addr()).await;
    let many = fields(101 - 1 - HANDSHAKE.len());
    assert_eq!(client.handshake("/ws", &lent(&many)).await.status, 431);
    let mut client = RawClient::connect(server.addr()).await;
    assert_eq!(client.handshake("/ws", &lent(&many)[1..]).await.status, 101);
}

#[tokio::test]
async fn a_head_that_does_not_end_is_431_and_the_connection_is_closed() {
    for (configure, limit) in [
        (None, 32 * KIB),
        (Some(8 * KIB), 8 * KIB),
        (Some(KIB * KIB), KIB * KIB),
    ] {
        let server = start(|router| match configure {
            Some(bytes) => router.max_head(bytes),
            None => router,
        })
        .await;
        // An endless field, an endless target, and an endless number of fields.
        for (begin, unit) in [
            ("GET /a HTTP/1.1\r\nHost: a\r\nX-Padding: ", "x"),
            ("GET /a", "x"),
            ("GET /a HTTP/1.1\r\nHost: a\r\n", "X-Y: z\r\n"),
        ] {
            let mut client = RawClient::connect(server.addr()).await;
            client.write(begin.as_bytes()).await;
            let endless = unit.repeat((limit + 9 * KIB) / unit.len());
            assert!(client.takes(endless.as_bytes()).await);
            let reply = client.reply().await;
            assert_eq!(reply.status, 431, "{begin:?} at {limit}");
            client.finish().await;
            client.expect_end().await;
        }
    }
}

fn fields(count: usize) -> Vec<(String, String)> {
    (0..count)
        .map(|number| (format!("X-{number}"), "x".to_owned()))
        .collect()
}

fn lent(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

async fn with_fields(server: &Server, count: usize) -> Reply {
    // The other field is `Host`.
    let fields = fields(count - 1);
    request(server.addr(), "GET", "/a", &lent(&fields), b"").await
}

#[tokio::test]
async fn as_many_header_fields_as_the_limit_are_served_and_one_more_is_431() {
    for (server, limit) in [
        (start_default().await, 100),
        (start(|router| router.max_headers(1)).await, 1),
        (start(|router| router.max_headers(99)).await, 99),
        (start(|router| router.max_headers(101)).await, 101),
        (
            start(|router| router.max_headers(10_000).max_head(200 * KIB)).await,
            10_000,
        ),
    ] {
        assert_eq!(with_fields(&server, limit).await.status, 200, "{limit}");
        assert_eq!(with_fields(&server, limit + 1).await.status, 431, "{limit}");
    }
}

#[tokio::test]
async fn fields_of_the_same_name_are_counted_separately() {
    let server = start_default().await;
    for (count, status) in [(99, 200), (100, 431)] {
        let fields = vec![("X-Same", "x"); count];
        let reply = request(server.addr(), "GET", "/a", &fields, b"").await;
        assert_eq!(reply.status, status);
    }
}

#[tokio::test]
async fn a_target_of_the_limit_is_served_and_one_byte_more_is_414() {
    for (server, limit) in [
        (start_default().await, 8_192),
        (start(|router| router.max_uri(20)).await, 20),
        (
            start(|router| router.max_uri(65_534).max_head(80 * KIB)).await,
            65_534,
        ),
    ] {
        let path = |length: usize| format!("/{}", "x".repeat(length - 1));
        let query = |length: usize| format!("/a?{}", "x".repeat(length - 3));
        let absolute = |length: usize| format!("http://localhost{}", path(length - 16));
        let mut client = RawClient::connect(server.addr()).await;
        for target in [path(limit), query(limit), absolute(limit)] {
            assert_eq!(target.len(), limit);
            let reply = client.request("GET", &target, &[], b"").await;
            assert_eq!(reply.status, 200, "{limit}");
        }
        if limit == 65_534 {
            // hyper refuses a longer target, and closes the connection.
            let reply = client.request("GET", &path(limit + 1), &[], b"").await;
            assert_eq!(reply.status, 414);
            continue;
        }
        for target in [path(limit + 1), query(limit + 1), absolute(limit + 1)] {
            client.write(&request_bytes("GET", &target, &[], b"")).await;
            assert_refused_and_usable(&mut client, 414).await;
        }
    }
}
