//! `ws.close` and `ws.terminate`.

use router::prelude::*;
use router_tests::{Frame, Log, RawClient, Seen, Server, recorder};

/// Runs the command in the text, and logs the results.
struct Obedient {
    log: Log,
}

#[websocket(path = "/", data = ())]
impl Obedient {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        self.log.note(format!("text {text}"));
        let (command, argument) = text.split_once(' ').unwrap_or((text, ""));
        match command {
            "close" => {
                let (code, reason) = argument.split_once(' ').unwrap();
                ws.send("before");
                ws.close(CloseCode::from(code.parse::<u16>().unwrap()), reason);
                self.log.note(format!("open {}", ws.is_open()));
                self.log.note(format!("{:?}", ws.send("behind")));
            }
            "twice" => {
                ws.close(CloseCode::from(4001), "first");
                ws.close(CloseCode::from(4002), "second");
            }
            "terminate" => {
                ws.terminate();
                self.log.note(format!("open {}", ws.is_open()));
                self.log.note(format!("{:?}", ws.send("behind")));
            }
            _ => {
                ws.send(text);
            }
        }
    }

    #[on(close)]
    fn close(&self, _ws: &mut Socket<()>, code: CloseCode, reason: &str) {
        self.log.note(format!("close {code} {reason}"));
    }
}

async fn obedient() -> (Server, Seen) {
    let (log, seen) = recorder();
    (
        Server::start(Router::new().mount(Obedient { log })).await,
        seen,
    )
}

const REFUSED: &str = "Dropped(Closed)";

#[tokio::test]
async fn close_sends_its_code_and_reason_after_queued_messages() {
    let (server, mut seen) = obedient().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.send(Frame::text("close 4001 bye")).await;
    client.expect_text("before").await;
    client.expect_close(4001, "bye").await;
    client.expect_end().await;
    for event in [
        "text close 4001 bye",
        "open false",
        REFUSED,
        "close 4001 bye",
    ] {
        seen.expect(event).await;
    }
}

#[tokio::test]
async fn a_close_of_the_client_does_not_replace_the_servers_code_and_reason() {
    let (server, mut seen) = obedient().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    // The client sends its own Close before it receives the server's.
    client
        .send_all(&[Frame::text("close 4001 bye"), Frame::close(1000, "mine")])
        .await;
    client.expect_text("before").await;
    client.expect_close(4001, "bye").await;
    client.expect_end().await;
    for event in [
        "text close 4001 bye",
        "open false",
        REFUSED,
        "close 4001 bye",
    ] {
        seen.expect(event).await;
    }
    drop(client);
    server.shutdown().await.unwrap();
    seen.assert_silent();
}

#[tokio::test]
async fn messages_received_after_close_was_called_are_discarded() {
    let (server, mut seen) = obedient().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let frames = [
        Frame::text("first"),
        Frame::text("close 4001 bye"),
        Frame::text("behind"),
        Frame::ping("behind"),
    ];
    client.send_all(&frames).await;
    client.expect_text("first").await;
    client.expect_text("before").await;
    client.expect_close(4001, "bye").await;
    client.send(Frame::text("even later")).await;
    client.expect_end().await;
    for event in [
        "text first",
        "text close 4001 bye",
        "open false",
        REFUSED,
        "close 4001 bye",
    ] {
        seen.expect(event).await;
    }
    drop(client);
    server.shutdown().await.unwrap();
    seen.assert_silent();
}

#[tokio::test]
async fn the_first_close_counts() {
    let (server, mut seen) = obedient().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.send(Frame::text("twice")).await;
    client.expect_close(4001, "first").await;
    client.expect_end().await;
    seen.expect("text twice").await;
    seen.expect("close 4001 first").await;
}

/// Closes with `code`, and returns the code on the wire. Asserts that the `close` handler gets the same code.
async fn closed_with(code: u16) -> u16 {
    let (server, mut seen) = obedient().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let command = format!("close {code} why");
    client.send(Frame::text(command.as_str())).await;
    client.expect_text("before").await;
    let (found, reason) = client.close().await;
    for event in [&*format!("text {command}"), "open false", REFUSED] {
        seen.expect(event).await;
    }
    seen.expect(&format!("close {found} {reason}")).await;
    found
}

#[tokio::test]
async fn codes_that_may_be_on_the_wire_are_sent_as_they_are() {
    for code in [
        1000, 1001, 1002, 1003, 1007, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
    ] {
        assert_eq!(closed_with(code).await, code);
    }
}

#[tokio::test]
async fn codes_that_must_not_be_on_the_wire_become_1011() {
    for code in [0, 1, 999, 1004, 1006, 1015, 1016, 2000, 2999, 5000, 65_535] {
        assert_eq!(closed_with(code).await, 1011, "{code}");
    }
}

#[tokio::test]
async fn code_1005_becomes_an_empty_close() {
    let (server, mut seen) = obedient().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.send(Frame::text("close 1005 why")).await;
    client.expect_text("before").await;
    assert_eq!(client.frame().await.payload, b"");
    client.expect_end().await;
    for event in ["text close 1005 why", "open false", REFUSED, "close 1005 "] {
        seen.expect(event).await;
    }
}

#[tokio::test]
async fn a_long_reason_is_cut_at_the_last_whole_character() {
    for (reason, cut) in [
        ("r".repeat(123), "r".repeat(123)),
        ("r".repeat(124), "r".repeat(123)),
        ("é".repeat(100), "é".repeat(61)),
        ("€".repeat(100), "€".repeat(41)),
        ("𝄞".repeat(100), "𝄞".repeat(30)),
        (
            format!("r{}", "é".repeat(100)),
            format!("r{}", "é".repeat(61)),
        ),
    ] {
        let (server, mut seen) = obedient().await;
        let mut client = RawClient::open(server.addr(), "/").await;
        client
            .send(Frame::text(format!("close 1000 {reason}")))
            .await;
        client.expect_text("before").await;
        client.expect_close(1000, &cut).await;
        for event in [&*format!("text close 1000 {reason}"), "open false", REFUSED] {
            seen.expect(event).await;
        }
        seen.expect(&format!("close 1000 {cut}")).await;
    }
}

#[tokio::test]
async fn terminate_ends_the_connection_without_a_close() {
    let (server, mut seen) = obedient().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client
        .send_all(&[Frame::text("terminate"), Frame::text("behind")])
        .await;
    assert_eq!(client.expect_gone().await, b"");
    for event in ["text terminate", "open false", REFUSED, "close 1006 "] {
        seen.expect(event).await;
    }
    drop(client);
    server.shutdown().await.unwrap();
    seen.assert_silent();
}

#[tokio::test]
async fn the_close_handler_does_not_wait_for_the_clients_close() {
    let (server, mut seen) = obedient().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.send(Frame::text("twice")).await;
    // The client neither reads, nor answers the Close, nor ends the connection.
    seen.expect("text twice").await;
    seen.expect("close 4001 first").await;
    client.expect_close(4001, "first").await;
}

/// Closes each socket in its `open` handler.
struct Full {
    log: Log,
}

#[websocket(path = "/full", data = ())]
impl Full {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.send("no room");
        ws.close(CloseCode::Again, "full");
    }

    #[on(text)]
    fn text(&self, _ws: &mut Socket<()>, text: &str) {
        self.log.note(format!("text {text}"));
    }

    #[on(close)]
    fn close(&self, _ws: &mut Socket<()>, code: CloseCode, reason: &str) {
        self.log.note(format!("close {code} {reason}"));
    }
}

#[tokio::test]
async fn the_open_handler_may_close_the_socket() {
    let (log, mut seen) = recorder();
    let server = Server::start(Router::new().mount(Full { log })).await;
    let mut client = RawClient::connect(server.addr()).await;
    let mut bytes = router_tests::upgrade_bytes("/full", &[]);
    bytes.extend(Frame::text("unheard").encode());
    client.write(&bytes).await;
    assert_eq!(client.reply().await.status, 101);
    client.expect_text("no room").await;
    client.expect_close(1013, "full").await;
    client.expect_end().await;
    seen.expect("close 1013 full").await;
    drop(client);
    server.shutdown().await.unwrap();
    seen.assert_silent();
}
