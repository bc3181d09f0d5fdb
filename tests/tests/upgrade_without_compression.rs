//! `Upgrade::without_compression` declines compression for one client of a module, and not for the others.

use router::prelude::*;
use router_tests::{Frame, RawClient, Server};

struct Chat;

#[websocket(path = "/", data = (), per_message_deflate)]
impl Chat {
    /// Declines compression for user agents that contain `AppleWebKit`.
    #[route(get, "/chat")]
    fn chat(&self, headers: &HeaderMap, upgrade: Upgrade<Self>) -> Response {
        let agent = headers
            .get("user-agent")
            .and_then(|agent| agent.to_str().ok());
        match agent {
            Some(agent) if agent.contains("AppleWebKit") => {
                upgrade.without_compression().accept(())
            }
            _ => upgrade.accept(()),
        }
    }

    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe("news");
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(compressed(text.repeat(1000)));
    }
}

const OFFER: &str = "permessage-deflate; client_max_window_bits";

async fn connect(server: &Server, agent: &str) -> (RawClient, Option<String>) {
    let mut client = RawClient::connect(server.addr()).await;
    let headers = [("Sec-WebSocket-Extensions", OFFER), ("User-Agent", agent)];
    let reply = client.handshake("/chat", &headers).await;
    assert_eq!(reply.status, 101, "{reply:?}");
    let answer = reply.header("sec-websocket-extensions").map(str::to_owned);
    (client, answer)
}

#[tokio::test]
async fn compression_is_declined_for_one_client_and_accepted_for_another() {
    let server = Server::start(Router::new().mount(Chat)).await;
    let (mut declined, answer) = connect(&server, "Safari AppleWebKit/605.1.15").await;
    assert_eq!(answer, None);
    let (mut accepted, answer) = connect(&server, "Firefox").await;
    let answer = answer.expect("it is agreed on");
    assert!(answer.starts_with("permessage-deflate"), "{answer}");

    // The text arrives uncompressed, with RSV1 clear.
    let text = "text".repeat(1000);
    declined.ask("text", &text).await;
    accepted.send(Frame::text("text")).await;
    let (_, payload) = accepted.compressed().await;
    assert!(payload.len() < 100, "{} bytes", payload.len());

    // A message published to both clients is compressed for the second client only.
    assert_eq!(
        server.hub().publish("news", compressed(&*text)).receivers(),
        2
    );
    declined.expect_text(&text).await;
    let (_, payload) = accepted.compressed().await;
    assert!(payload.len() < 100, "{} bytes", payload.len());
}

#[tokio::test]
async fn a_compressed_message_of_a_declined_client_is_1002() {
    let server = Server::start(Router::new().mount(Chat)).await;
    let (mut declined, _) = connect(&server, "AppleWebKit").await;
    let mut frame = Frame::text("text").encode();
    // RSV1 marks the message as compressed.
    frame[0] |= 0x40;
    declined.write(&frame).await;
    assert_eq!(declined.close().await.0, 1002);
}

#[tokio::test]
async fn a_client_that_does_not_offer_compression_is_not_affected() {
    let server = Server::start(Router::new().mount(Chat)).await;
    for agent in ["AppleWebKit", "Firefox"] {
        let mut client = RawClient::connect(server.addr()).await;
        let reply = client.handshake("/chat", &[("User-Agent", agent)]).await;
        assert_eq!(reply.status, 101);
        assert_eq!(reply.header("sec-websocket-extensions"), None);
        client.ask("text", &"text".repeat(1000)).await;
    }
}

#[tokio::test]
async fn the_path_of_the_module_still_accepts_compression() {
    let server = Server::start(Router::new().mount(Chat)).await;
    RawClient::open_deflate(server.addr(), "/").await;
}
