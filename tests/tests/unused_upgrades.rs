//! Requests for another protocol that are not upgraded. Their connections stay HTTP connections to the end.

use router::prelude::*;
use router_tests::{HANDSHAKE, Log, RawClient, Seen, Server, recorder, upgrade_bytes};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};
use tokio::task::spawn_blocking;
use tower::ServiceBuilder;

struct Chat {
    log: Log,
}

#[websocket(path = "/socket", data = ())]
impl Chat {
    #[route(post, "/bytes")]
    fn bytes(&self, body: Bytes) -> String {
        body.len().to_string()
    }

    #[route(get, "/page")]
    fn page(&self) -> &'static str {
        "page"
    }

    /// Accepts the upgrade, and then returns another response.
    #[route(get, "/refused")]
    fn refused(&self, upgrade: Upgrade<Self>) -> StatusCode {
        drop(upgrade.accept(()));
        StatusCode::FORBIDDEN
    }

    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        self.log.note("open");
        ws.send("a frame");
    }

    #[on(close)]
    fn close(&self) {
        self.log.note("close");
    }
}

fn router() -> (Router, Seen) {
    let (log, seen) = recorder();
    (Router::new().mount(Chat { log }), seen)
}

/// Sends the whole upload, and then reads the answer.
fn upload(addr: SocketAddr, requests: &str, size: usize) -> String {
    let mut stream = TcpStream::connect(addr).expect("it listens");
    stream.write_all(requests.as_bytes()).expect("it is open");
    stream
        .write_all(&vec![b'x'; size])
        .expect("the server reads all of it");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("the connection ends, and does not break");
    answer
}

#[tokio::test]
async fn an_upload_that_asks_for_an_upgrade_receives_its_answer() {
    const BODY_BYTES: usize = 3_000_000;
    let (router, _seen) = router();
    let server = Server::start(router).await;
    let addr = server.addr();
    let handshake: String = HANDSHAKE
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let h2c = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n";
    for (line, headers, status) in [
        // Java's HTTP client sends these headers with its first request.
        ("POST /bytes", h2c, 413),
        ("POST /nowhere", h2c, 404),
        ("POST /page", h2c, 405),
        ("GET /socket", &*handshake, 400),
        ("POST /nowhere", &*handshake, 404),
        ("CONNECT a:443", "", 501),
    ] {
        for before in [
            String::new(),
            format!("GET /page HTTP/1.1\r\nHost: a\r\n{h2c}\r\n"),
        ] {
            let request = format!(
                "{line} HTTP/1.1\r\nHost: a\r\n{headers}Content-Length: {BODY_BYTES}\r\n\r\n"
            );
            for _ in 0..20 {
                let requests = before.clone() + &request;
                let answer = spawn_blocking(move || upload(addr, &requests, BODY_BYTES)).await;
                let answer = answer.unwrap_or_else(|error| panic!("{line}: {error}"));
                assert!(
                    answer.contains(&format!("HTTP/1.1 {status} ")),
                    "{line}: {answer}"
                );
            }
        }
    }
    // Only the first request asks for an upgrade.
    let before = format!("GET /page HTTP/1.1\r\nHost: a\r\n{h2c}\r\n");
    let request = format!(
        "{before}POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: {BODY_BYTES}\r\n\r\n"
    );
    for _ in 0..20 {
        let request = request.clone();
        let answer = spawn_blocking(move || upload(addr, &request, BODY_BYTES)).await;
        assert!(
            answer
                .expect("the client succeeds")
                .contains("HTTP/1.1 404 ")
        );
    }
}

#[tokio::test]
async fn a_handshake_that_was_accepted_and_answered_otherwise_opens_no_socket() {
    let (router, mut seen) = router();
    let server = Server::start(router).await;
    for close in ["", "close"] {
        let mut client = RawClient::connect(server.addr()).await;
        let mut request = upgrade_bytes("/refused", &[]);
        if !close.is_empty() {
            let text = String::from_utf8(request).expect("it is text");
            request = text
                .replace("Connection: Upgrade", "Connection: Upgrade, close")
                .into_bytes();
        }
        client.write(&request).await;
        assert_eq!(client.reply().await.status, 403);
        client.finish().await;
        let rest = client.expect_gone().await;
        assert_eq!(rest, b"", "bytes follow the response");
    }
    server.shutdown().await.expect("it ends");
    seen.assert_silent();
}

#[tokio::test]
async fn a_handshake_that_a_layer_refuses_opens_no_socket() {
    let (router, mut seen) = router();
    let refuse = ServiceBuilder::new().map_response(|mut response: Response| {
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            response = Response::new(Body::from("not today"));
            *response.status_mut() = StatusCode::FORBIDDEN;
        }
        response
    });
    let server = Server::start(router.layer(refuse)).await;
    let mut client = RawClient::connect(server.addr()).await;
    for _ in 0..3 {
        let reply = client.handshake("/socket", &[]).await;
        assert_eq!((reply.status, reply.text()), (403, "not today"));
    }
    client.finish().await;
    assert_eq!(client.expect_gone().await, b"");
    server.shutdown().await.expect("it ends");
    seen.assert_silent();
}
