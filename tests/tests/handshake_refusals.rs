//! RFC 6455 §4.2.1: handshakes that a server has to refuse. The response's body names the reason.

use router::prelude::*;
use router_tests::{Echo, HANDSHAKE, RawClient, Reply, Seen, Server, request, request_bytes};

/// Starts a server whose path `/` has a socket and no page.
async fn echo() -> (Server, Seen) {
    let (echo, seen) = Echo::new();
    (Server::start(Router::new().mount(echo)).await, seen)
}

/// Returns the headers of a handshake in which `name` has these values instead of the usual one.
fn with<'a>(name: &'a str, values: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let others = HANDSHAKE.into_iter().filter(|(other, _)| *other != name);
    others
        .chain(values.iter().map(|value| (name, *value)))
        .collect()
}

async fn answer(headers: &[(&str, &str)]) -> Reply {
    let (server, _seen) = echo().await;
    let reply = request(server.addr(), "GET", "/", headers, b"").await;
    server.shutdown().await.unwrap();
    reply
}

#[track_caller]
fn assert_refused(reply: &Reply, status: u16, cause: &str) {
    assert_eq!(reply.status, status, "{reply:?}");
    let text = reply.text().to_ascii_lowercase();
    assert!(
        text.contains(&cause.to_ascii_lowercase()),
        "{cause:?} is not named: {text:?}"
    );
    assert_eq!(reply.header("sec-websocket-accept"), None);
}

#[tokio::test]
async fn a_plain_request_for_a_socket_is_426_with_an_upgrade_header() {
    for headers in [
        vec![],
        with("Upgrade", &[]),
        with("Upgrade", &["h2c"]),
        with("Upgrade", &["websockets"]),
        with("Upgrade", &["web socket"]),
    ] {
        let reply = answer(&headers).await;
        assert_refused(&reply, 426, "upgrade");
        assert_eq!(reply.header("upgrade"), Some("websocket"), "{headers:?}");
    }
}

#[tokio::test]
async fn rfc6455_4_2_1_a_method_other_than_get_is_405() {
    let (server, _seen) = echo().await;
    for method in ["POST", "PUT", "DELETE"] {
        let reply = request(server.addr(), method, "/", &HANDSHAKE, b"").await;
        assert_eq!(reply.status, 405, "{method}");
        assert!(reply.allow().contains(&"GET"), "{method}: {reply:?}");
    }
}

#[tokio::test]
async fn rfc6455_4_2_1_http_1_0_is_400() {
    let (server, _seen) = echo().await;
    let mut client = RawClient::connect(server.addr()).await;
    let bytes = request_bytes("GET", "/", &HANDSHAKE, b"");
    let bytes = String::from_utf8(bytes)
        .unwrap()
        .replace("HTTP/1.1", "HTTP/1.0");
    client.write(bytes.as_bytes()).await;
    assert_refused(&client.reply().await, 400, "HTTP/1.1");
}

#[tokio::test]
async fn rfc6455_4_2_1_connection_must_have_the_upgrade_token() {
    for values in [
        &[][..],
        &["keep-alive"],
        &["close"],
        &["upgraded"],
        &["keep-alive", "x"],
    ] {
        let reply = answer(&with("Connection", values)).await;
        assert_refused(&reply, 400, "Connection");
    }
}

#[tokio::test]
async fn rfc6455_4_2_1_a_missing_key_is_400() {
    assert_refused(
        &answer(&with("Sec-WebSocket-Key", &[])).await,
        400,
        "Sec-WebSocket-Key",
    );
}

#[tokio::test]
async fn rfc6455_4_2_1_a_key_that_is_not_16_bytes_is_400() {
    for key in [
        "",
        "abc",
        // 15 bytes; 16 bytes without padding; 17 and 18 bytes in 24 characters; 20 bytes.
        "dGhlIHNhbXBsZSBub25j",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZWU=",
        "dGhlIHNhbXBsZSBub25jZWUh",
        "dGhlIHNhbXBsZSBub25jZWVlZWU=",
        // Not base64.
        "dGhlIHNhbXBsZSBub25j!Q==",
        "dGhlIHNhbXBsZSBub25j-Q==",
    ] {
        let reply = answer(&with("Sec-WebSocket-Key", &[key])).await;
        assert_refused(&reply, 400, "Sec-WebSocket-Key");
    }
}

#[tokio::test]
async fn rfc6455_11_3_1_two_keys_are_400() {
    let key = HANDSHAKE[2].1;
    for keys in [[key, key], [key, "AQIDBAUGBwgJCgsMDQ4PEA=="]] {
        let reply = answer(&with("Sec-WebSocket-Key", &keys)).await;
        assert_refused(&reply, 400, "Sec-WebSocket-Key");
    }
}

#[tokio::test]
async fn rfc6455_4_4_another_version_is_426_with_the_supported_version() {
    for versions in [
        &[][..],
        &["12"],
        &["8"],
        &["14"],
        &["013"],
        &["13.0"],
        &[""],
    ] {
        let reply = answer(&with("Sec-WebSocket-Version", versions)).await;
        assert_refused(&reply, 426, "Sec-WebSocket-Version");
        assert_eq!(
            reply.header("sec-websocket-version"),
            Some("13"),
            "{versions:?}"
        );
    }
}

#[tokio::test]
async fn rfc6455_4_2_1_a_request_without_host_is_400() {
    let (server, _seen) = echo().await;
    let bytes = String::from_utf8(request_bytes("GET", "/", &HANDSHAKE, b"")).unwrap();
    let mut client = RawClient::connect(server.addr()).await;
    client
        .write(bytes.replace("Host: localhost\r\n", "").as_bytes())
        .await;
    assert_refused(&client.reply().await, 400, "Host");
    let mut client = RawClient::connect(server.addr()).await;
    client
        .write(bytes.replace("Host:", "Host: other\r\nHost:").as_bytes())
        .await;
    assert_refused(&client.reply().await, 400, "Host");
}

#[tokio::test]
async fn an_upgrade_with_a_body_is_400() {
    let (server, _seen) = echo().await;
    let reply = request(server.addr(), "GET", "/", &HANDSHAKE, b"body").await;
    assert_refused(&reply, 400, "body");
    let chunked = [&HANDSHAKE[..], &[("Transfer-Encoding", "chunked")]].concat();
    let mut client = RawClient::connect(server.addr()).await;
    let head = request_bytes("GET", "/", &chunked, b"");
    let body = b"4\r\nbody\r\n0\r\n\r\n";
    client.write(&[&head[..], body].concat()).await;
    assert_refused(&client.reply().await, 400, "body");
}

#[tokio::test]
async fn a_refused_client_may_try_again_on_the_same_connection() {
    let (server, mut seen) = echo().await;
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client
        .request("GET", "/", &with("Sec-WebSocket-Version", &["12"]), b"")
        .await;
    assert_eq!(reply.status, 426);
    assert_eq!(client.handshake("/", &[]).await.status, 101);
    client.ask("hello", "hello").await;
    drop(client);
    seen.expect("close 1006 ").await;
}

#[tokio::test]
async fn a_refused_handshake_calls_no_handler() {
    let (server, mut seen) = echo().await;
    let reply = request(server.addr(), "GET", "/", &HANDSHAKE[..3], b"").await;
    assert_eq!(reply.status, 426);
    server.shutdown().await.unwrap();
    seen.assert_silent();
}

struct Shared;

#[websocket(path = "/", data = ())]
impl Shared {
    #[route(get, "/")]
    fn page(&self) -> &'static str {
        "a page"
    }

    #[route(post, "/")]
    fn post(&self) -> &'static str {
        "posted"
    }
}

#[tokio::test]
async fn rfc9110_7_8_a_handshake_over_http_1_0_is_answered_by_the_page_on_its_path() {
    let server = Server::start(Router::new().mount(Shared)).await;
    let mut client = RawClient::connect(server.addr()).await;
    let bytes = request_bytes("GET", "/", &HANDSHAKE, b"");
    let bytes = String::from_utf8(bytes).unwrap();
    client
        .write(bytes.replace("HTTP/1.1", "HTTP/1.0").as_bytes())
        .await;
    assert_eq!(client.reply().await.text(), "a page");
}

#[tokio::test]
async fn other_methods_with_the_headers_of_a_handshake_are_ordinary_requests() {
    let server = Server::start(Router::new().mount(Shared)).await;
    let reply = request(server.addr(), "POST", "/", &HANDSHAKE, b"").await;
    assert_eq!((reply.status, reply.text()), (200, "posted"));
    let reply = request(server.addr(), "PUT", "/", &HANDSHAKE, b"").await;
    assert_eq!(reply.status, 405);
    assert!(reply.allow().contains(&"POST"), "{reply:?}");
    let reply = request(server.addr(), "OPTIONS", "/", &HANDSHAKE, b"").await;
    assert_eq!(reply.status, 204);
}
