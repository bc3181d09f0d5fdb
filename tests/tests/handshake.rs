//! RFC 6455 §4.2: which requests open a socket, and how the server answers them.

use router::prelude::*;
use router_tests::{
    ACCEPT, Client, Echo, Frame, HANDSHAKE, RawClient, Server, get, request, request_bytes,
    upgrade_bytes,
};

/// A page and a socket on one path.
struct Both;

#[websocket(path = "/", data = ())]
impl Both {
    #[route(get, "/")]
    fn page(&self) -> Html<&'static str> {
        Html("a page")
    }

    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.send("welcome");
        ws.send("to the socket");
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

async fn echo() -> Server {
    Server::start(Router::new().mount(Echo::new().0)).await
}

async fn both() -> Server {
    Server::start(Router::new().mount(Both)).await
}

#[tokio::test]
async fn rfc6455_4_2_2_the_answer_is_101_with_the_accept_key_of_the_example() {
    let server = echo().await;
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client.handshake("/", &[]).await;
    assert_eq!(reply.status, 101);
    assert_eq!(reply.header("sec-websocket-accept"), Some(ACCEPT));
    assert!(
        reply
            .header("upgrade")
            .unwrap()
            .eq_ignore_ascii_case("websocket")
    );
    assert!(
        reply
            .header("connection")
            .unwrap()
            .eq_ignore_ascii_case("upgrade")
    );
    for absent in [
        "content-length",
        "transfer-encoding",
        "sec-websocket-protocol",
        "sec-websocket-extensions",
    ] {
        assert_eq!(reply.header(absent), None, "{absent}");
    }
    client.ask("hello", "hello").await;
}

#[tokio::test]
async fn rfc6455_4_2_1_names_and_tokens_are_case_insensitive() {
    let server = echo().await;
    let key = HANDSHAKE[2].1;
    for headers in [
        [
            ("UPGRADE", "WebSocket"),
            ("CONNECTION", "UPGRADE"),
            ("SEC-WEBSOCKET-KEY", key),
        ],
        [
            ("upgrade", "WEBSOCKET"),
            ("connection", "upgrade"),
            ("sec-websocket-key", key),
        ],
    ] {
        let mut client = RawClient::connect(server.addr()).await;
        let headers = [&headers[..], &[("sec-websocket-VERSION", "13")]].concat();
        assert_eq!(
            client.request("GET", "/", &headers, b"").await.status,
            101,
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn rfc6455_4_2_1_upgrade_may_be_one_of_several_tokens_or_lines() {
    let server = echo().await;
    let [_, _, key, version] = HANDSHAKE;
    for headers in [
        vec![
            ("Connection", "keep-alive, Upgrade"),
            ("Upgrade", "websocket"),
        ],
        vec![
            ("Connection", "upgrade , keep-alive"),
            ("Upgrade", "websocket"),
        ],
        vec![
            ("Connection", "keep-alive"),
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
        ],
        vec![("Connection", "Upgrade"), ("Upgrade", "h2c, websocket")],
        vec![
            ("Connection", "Upgrade"),
            ("Upgrade", "h2c"),
            ("Upgrade", "websocket"),
        ],
    ] {
        let mut client = RawClient::connect(server.addr()).await;
        let headers = [&headers[..], &[key, version]].concat();
        assert_eq!(
            client.request("GET", "/", &headers, b"").await.status,
            101,
            "{headers:?}"
        );
        client.ask("hello", "hello").await;
    }
}

#[tokio::test]
async fn extensions_and_protocols_that_the_server_does_not_support_are_not_chosen() {
    let server = echo().await;
    let mut client = RawClient::connect(server.addr()).await;
    let offers = [
        (
            "Sec-WebSocket-Extensions",
            "permessage-unheard-of; a=b, x-other",
        ),
        ("Sec-WebSocket-Protocol", "chat, superchat"),
        ("Origin", "http://example.com"),
    ];
    let reply = client.handshake("/", &offers).await;
    assert_eq!(reply.status, 101);
    assert_eq!(reply.header("sec-websocket-extensions"), None);
    assert_eq!(reply.header("sec-websocket-protocol"), None);
}

#[tokio::test]
async fn the_upgrade_header_decides_between_a_page_and_a_socket_on_one_path() {
    let server = both().await;
    let reply = get(server.addr(), "/").await;
    assert_eq!((reply.status, reply.text()), (200, "a page"));
    let mut client = Client::connect(server.addr(), "/").await;
    client.expect_text("welcome").await;
    client.expect_text("to the socket").await;
    client.ask("hello", "hello").await;
}

#[tokio::test]
async fn on_a_shared_path_only_an_upgrade_to_a_websocket_reaches_the_socket() {
    let server = both().await;
    for headers in [
        &[("Connection", "Upgrade"), ("Upgrade", "h2c")][..],
        &[("Sec-WebSocket-Version", "13")],
        &[("Connection", "Upgrade")],
    ] {
        let reply = request(server.addr(), "GET", "/", headers, b"").await;
        assert_eq!((reply.status, reply.text()), (200, "a page"), "{headers:?}");
    }
    let [upgrade, connection, _, version] = HANDSHAKE;
    let keyless = [upgrade, connection, version];
    let reply = request(server.addr(), "GET", "/", &keyless, b"").await;
    assert_eq!(
        reply.status, 400,
        "an invalid handshake is refused, and not answered with the page"
    );
    let reply = request(server.addr(), "HEAD", "/", &[], b"").await;
    assert_eq!(reply.status, 200);
    let reply = request(server.addr(), "OPTIONS", "/", &[], b"").await;
    assert_eq!((reply.status, reply.allow()), (204, vec!["GET", "HEAD"]));
}

#[tokio::test]
async fn a_connection_can_serve_pages_before_it_becomes_a_socket() {
    let server = both().await;
    let mut client = RawClient::connect(server.addr()).await;
    assert_eq!(client.request("GET", "/", &[], b"").await.text(), "a page");
    assert_eq!(
        client.request("GET", "/nothing", &[], b"").await.status,
        404
    );
    assert_eq!(client.handshake("/", &[]).await.status, 101);
    client.expect_text("welcome").await;
}

#[tokio::test]
async fn frames_sent_together_with_the_request_are_not_lost() {
    let server = both().await;
    let mut client = RawClient::connect(server.addr()).await;
    let mut bytes = upgrade_bytes("/", &[]);
    bytes.extend(Frame::text("one").encode());
    bytes.extend(Frame::text("two").encode());
    // The third frame is incomplete.
    let three = Frame::text("three").encode();
    bytes.extend(&three[..4]);
    client.write(&bytes).await;
    assert_eq!(client.reply().await.status, 101);
    for text in ["welcome", "to the socket", "one", "two"] {
        client.expect_text(text).await;
    }
    client.write(&three[4..]).await;
    client.expect_text("three").await;
}

#[tokio::test]
async fn frames_sent_together_with_two_pipelined_requests_are_not_lost() {
    let server = both().await;
    let mut client = RawClient::connect(server.addr()).await;
    let mut bytes = request_bytes("GET", "/", &[], b"");
    bytes.extend(upgrade_bytes("/", &[]));
    bytes.extend(Frame::text("one").encode());
    client.write(&bytes).await;
    assert_eq!(client.reply().await.text(), "a page");
    assert_eq!(client.reply().await.status, 101);
    for text in ["welcome", "to the socket", "one"] {
        client.expect_text(text).await;
    }
}

#[tokio::test]
async fn a_large_frame_sent_together_with_the_request_is_not_lost() {
    let server = echo().await;
    let mut client = RawClient::connect(server.addr()).await;
    let large = "x".repeat(300 * 1024);
    let mut bytes = upgrade_bytes("/", &[]);
    bytes.extend(Frame::text(large.as_str()).encode());
    bytes.extend(Frame::text("behind it").encode());
    client.write(&bytes).await;
    assert_eq!(client.reply().await.status, 101);
    assert!(client.text().await == large);
    client.expect_text("behind it").await;
}

#[tokio::test]
async fn a_request_that_arrives_byte_by_byte_is_accepted() {
    let server = echo().await;
    let mut client = RawClient::connect(server.addr()).await;
    for byte in upgrade_bytes("/", &[]) {
        client.write(&[byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(client.reply().await.status, 101);
    client.ask("hello", "hello").await;
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_of_its_request_does_not_affect_others() {
    let server = both().await;
    let request = upgrade_bytes("/", &[]);
    for length in 0..request.len() {
        let mut client = RawClient::connect(server.addr()).await;
        client.write(&request[..length]).await;
        client.finish().await;
        // The server may answer an incomplete request, except with an upgrade.
        let answer = client.expect_gone().await;
        assert!(!answer.starts_with(b"HTTP/1.1 101"), "after {length} bytes");
    }
    let mut client = Client::connect(server.addr(), "/").await;
    client.expect_text("welcome").await;
}
