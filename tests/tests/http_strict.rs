//! Rules of HTTP/1.1: `Host`, transfer codings, and requests whose target is not a path.

use router::prelude::*;
use router_tests::{HANDSHAKE, RawClient, Reply, Server};

struct Api;

#[websocket(path = "/socket", data = ())]
impl Api {
    #[route(get, "/")]
    fn page(&self) -> &'static str {
        "page"
    }

    #[route(post, "/")]
    fn post(&self, body: Bytes) -> String {
        body.len().to_string()
    }

    #[route(delete, "/things/{id}")]
    fn delete(&self, id: u32) -> String {
        id.to_string()
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

async fn start() -> Server {
    Server::start(Router::new().mount(Api)).await
}

async fn send(server: &Server, bytes: &str) -> Reply {
    let mut client = RawClient::connect(server.addr()).await;
    client.takes(bytes.as_bytes()).await;
    client.reply().await
}

/// The headers of a handshake.
fn handshake() -> String {
    HANDSHAKE
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect()
}

/// Method, path, additional headers and expected status of requests: for a page (with `GET` and `HEAD`), a
/// missing path, a missing method, `OPTIONS`, and a handshake. Different code of the server answers each
/// kind.
fn targets() -> [(&'static str, &'static str, String, u16); 6] {
    [
        ("GET", "/", String::new(), 200),
        ("HEAD", "/", String::new(), 200),
        ("GET", "/nowhere", String::new(), 404),
        ("PUT", "/", String::new(), 405),
        ("OPTIONS", "/", String::new(), 204),
        ("GET", "/socket", handshake(), 101),
    ]
}

/// Sends `bytes`, and returns the status of the reply. Does not read the body.
async fn status(server: &Server, bytes: &str) -> u16 {
    let mut client = RawClient::connect(server.addr()).await;
    client.takes(bytes.as_bytes()).await;
    client.reply_to_head().await.status
}

#[tokio::test]
async fn rfc9112_3_2_a_request_without_exactly_one_valid_host_is_400() {
    let server = start().await;
    for (method, path, headers, _) in targets() {
        for hosts in [
            "",
            "Host: a\r\nHost: a\r\n",
            "Host: a\r\nHost: b\r\n",
            "host: a\r\nX: y\r\nHOST: a\r\n",
            "Host: a\r\nHost:\r\n",
            "Host:\r\n",
            "Host: \r\n",
            "Host: a b\r\n",
            "Host: a\tb\r\n",
            "Host: a/b\r\n",
            "Host: /\r\n",
            "Host: a, a\r\n",
            "Host: a,a\r\n",
            "Host: a;a, b\r\n",
            "Host: a@b\r\n",
            "Host: @\r\n",
            "Host: user:secret@b\r\n",
            "Host: http://a\r\n",
            "Host: a?b\r\n",
            "Host: a#b\r\n",
            "Host: a\\b\r\n",
            "Host: \"a\"\r\n",
            "Host: <a>\r\n",
            "Host: a|b\r\n",
            "Host: a^b\r\n",
            "Host: :80\r\n",
            "Host: :\r\n",
            "Host: a:b\r\n",
            "Host: a:80b\r\n",
            "Host: a:80:80\r\n",
            "Host: a:-1\r\n",
            "Host: a:+80\r\n",
            "Host: a: 80\r\n",
            "Host: a :80\r\n",
            "Host: a:65536\r\n",
            "Host: a:4294967376\r\n",
            "Host: ::1\r\n",
            "Host: [::1\r\n",
            "Host: ::1]\r\n",
            "Host: []\r\n",
            "Host: [a]\r\n",
            "Host: [127.0.0.1]\r\n",
            "Host: [::1]a\r\n",
            "Host: [::1]:a\r\n",
            "Host: [::1]:65536\r\n",
            "Host: a[::1]\r\n",
            "Host: [::1][::1]\r\n",
            "Host: a%\r\n",
            "Host: a%4\r\n",
            "Host: a%zz\r\n",
            "Host: b\u{fc}cher.example\r\n",
        ] {
            let request = format!("{method} {path} HTTP/1.1\r\n{hosts}{headers}\r\n");
            assert_eq!(status(&server, &request).await, 400, "{request:?}");
        }
    }
}

#[tokio::test]
async fn a_valid_host_is_a_name_or_an_address_with_an_optional_port() {
    let server = start().await;
    for (method, path, headers, expected) in targets() {
        for host in [
            "a",
            "A.Example",
            "a.",
            "localhost:3000",
            "a:",
            "a:0",
            "a:65535",
            "a:00080",
            "127.0.0.1",
            "127.0.0.1:80",
            "[::1]",
            "[::1]:80",
            "[::]:",
            "[2001:DB8::1]",
            "[::ffff:127.0.0.1]:80",
            "my_service",
            "a-b--c",
            "xn--bcher-kva.example",
            "a%20b",
            "a~!$&'()*+;=",
            " a",
            "a ",
            "\ta\t",
        ] {
            let request = format!("{method} {path} HTTP/1.1\r\nHost:{host}\r\n{headers}\r\n");
            assert_eq!(status(&server, &request).await, expected, "{request:?}");
        }
    }
}

#[tokio::test]
async fn http_1_0_needs_no_host_and_an_invalid_host_is_400() {
    let server = start().await;
    for (hosts, expected) in [
        ("", 200),
        ("Host: a\r\n", 200),
        ("Host: a b\r\n", 400),
        ("Host: a\r\nHost: a\r\n", 400),
        ("Host:\r\n", 400),
    ] {
        let request = format!("GET / HTTP/1.0\r\n{hosts}\r\n");
        assert_eq!(status(&server, &request).await, expected, "{request:?}");
    }
}

#[tokio::test]
async fn rfc9112_3_2_2_an_absolute_target_is_served_and_needs_a_host_too() {
    let server = start().await;
    for (method, path, headers, expected) in targets() {
        for (authority, host, is_valid) in [
            ("a", "Host: a\r\n", true),
            ("a", "Host: b\r\n", true),
            ("a:80", "Host: a\r\n", true),
            ("[::1]:80", "Host: a\r\n", true),
            ("a", "", false),
            ("a", "Host: a\r\nHost: a\r\n", false),
            ("a", "Host: a b\r\n", false),
            ("a", "Host:\r\n", false),
            // User information in the authority (RFC 9110 §4.2.4), and an invalid port.
            ("user@a", "Host: a\r\n", false),
            ("a:80@b", "Host: a\r\n", false),
            ("a:99999", "Host: a\r\n", false),
        ] {
            let target = format!("{method} http://{authority}{path} HTTP/1.1\r\n");
            let request = format!("{target}{host}{headers}\r\n");
            let expected = if is_valid { expected } else { 400 };
            assert_eq!(status(&server, &request).await, expected, "{request:?}");
        }
    }
}

#[tokio::test]
async fn a_request_that_is_refused_for_its_host_does_not_end_the_connection() {
    let server = start().await;
    let mut client = RawClient::connect(server.addr()).await;
    client.write(b"GET / HTTP/1.1\r\n\r\n").await;
    assert_eq!(client.reply().await.status, 400);
    client.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(client.reply().await.text(), "page");
}

/// A body of one chunk.
const CHUNKS: &str = "3\r\nabc\r\n0\r\n\r\n";

#[tokio::test]
async fn rfc9112_6_1_a_coding_before_chunked_is_501() {
    let server = start().await;
    for path in ["/", "/nowhere", "/things/1"] {
        for coding in [
            "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding: gzip,chunked",
            "Transfer-Encoding: foo, chunked",
            "Transfer-Encoding: deflate, gzip, chunked",
            "Transfer-Encoding: x-chunked, chunked",
            "Transfer-Encoding: identity, chunked",
            "Transfer-Encoding: chunked;q=1, chunked",
            "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: GZIP , CHUNKED",
        ] {
            let request = format!("POST {path} HTTP/1.1\r\nHost: a\r\n{coding}\r\n\r\n{CHUNKS}");
            assert_eq!(status(&server, &request).await, 501, "{request:?}");
        }
    }
}

#[tokio::test]
async fn rfc9112_6_3_a_last_coding_that_is_not_chunked_is_400_and_ends_the_connection() {
    let server = start().await;
    for coding in [
        "gzip",
        "foo",
        "identity",
        "chunked, gzip",
        "chunked, foo",
        "chunked\r\nTransfer-Encoding: gzip",
        "chunked;q=1",
        "\"chunked\"",
        "xchunked",
        "chunked x",
        "\u{b}chunked",
        "",
        ",",
    ] {
        let request =
            format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: {coding}\r\n\r\n{CHUNKS}");
        let mut client = RawClient::connect(server.addr()).await;
        client.takes(request.as_bytes()).await;
        let answer = client.expect_gone().await;
        let text = String::from_utf8_lossy(&answer);
        assert!(text.starts_with("HTTP/1.1 400 "), "{coding:?}: {text}");
        assert_eq!(text.matches("HTTP/1.1").count(), 1, "{coding:?}: {text}");
    }
}

#[tokio::test]
async fn chunked_is_case_insensitive_and_may_have_whitespace_around_it() {
    let server = start().await;
    for coding in ["chunked", "Chunked", "CHUNKED", " chunked ", "\tchunked"] {
        let request =
            format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:{coding}\r\n\r\n{CHUNKS}");
        let reply = send(&server, &request).await;
        assert_eq!((reply.status, reply.text()), (200, "3"), "{coding:?}");
    }
}

#[tokio::test]
async fn rfc9110_9_3_7_options_with_an_asterisk_lists_all_methods() {
    let server = start().await;
    let reply = send(&server, "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(reply.status, 204);
    assert_eq!(reply.allow(), ["DELETE", "GET", "HEAD", "POST"]);
    assert_eq!(reply.header("content-length"), None);
    let reply = send(&server, "OPTIONS * HTTP/1.1\r\n\r\n").await;
    assert_eq!(reply.status, 400);
    let reply = send(&server, "OPTIONS * HTTP/1.0\r\n\r\n").await;
    assert_eq!(reply.status, 204);
}

#[tokio::test]
async fn other_methods_with_an_asterisk_are_400() {
    let server = start().await;
    for method in ["GET", "POST", "DELETE", "PUT", "HEAD", "TRACE", "FOO"] {
        let request = format!("{method} * HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(status(&server, &request).await, 400, "{request:?}");
    }
    let request = format!("GET * HTTP/1.1\r\nHost: a\r\n{}\r\n", handshake());
    assert_eq!(status(&server, &request).await, 400);
}

#[tokio::test]
async fn a_wildcard_does_not_match_the_asterisk() {
    struct All;

    #[routes]
    impl All {
        #[route(get, "/{*rest}")]
        fn all(&self, rest: String) -> String {
            rest
        }
    }

    let server = Server::start(Router::new().mount(All)).await;
    assert_eq!(
        status(&server, "GET * HTTP/1.1\r\nHost: a\r\n\r\n").await,
        400
    );
    let reply = send(&server, "GET /* HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!((reply.status, reply.text()), (200, "*"));
}

#[tokio::test]
async fn connect_never_succeeds() {
    let server = start().await;
    for (target, host) in [
        ("a:443", "a:443"),
        ("127.0.0.1:80", "127.0.0.1:80"),
        ("[::1]:80", "[::1]:80"),
        ("localhost:80", "localhost:80"),
        ("/", "a"),
        ("http://a/", "a"),
        ("a", "a"),
        ("*", "a"),
    ] {
        for headers in [String::new(), handshake()] {
            let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
            assert_eq!(status(&server, &request).await, 501, "{request:?}");
        }
    }
}
