//! Handlers of one socket run one at a time, in order. They do not delay the handlers of other sockets.

use std::sync::Arc;

use router::prelude::*;
use router_tests::{Client, Frame, Log, RawClient, Seen, Server, recorder, upgrade_bytes};
use tokio::sync::Notify;

/// The text handler waits for `gate` if the text begins with `wait`.
struct Slow {
    log: Log,
    gate: Arc<Notify>,
}

#[websocket(path = "/", data = Vec<String>)]
impl Slow {
    #[on(open)]
    async fn open(&self, ws: &mut Socket<Vec<String>>) {
        tokio::task::yield_now().await;
        self.log.note("open");
        ws.send("welcome");
    }

    #[on(text)]
    async fn text(&self, ws: &mut Socket<Vec<String>>, text: &str) {
        self.log.note(format!("begin {text}"));
        if text.starts_with("wait") {
            self.gate.notified().await;
        }
        ws.data.push(text.to_owned());
        ws.send(text);
        self.log.note(format!("end {text}"));
    }

    #[on(binary)]
    fn binary(&self, ws: &mut Socket<Vec<String>>, bytes: &[u8]) {
        self.log.note(format!("binary {bytes:?}"));
        ws.send(ws.data.join(" "));
    }

    #[on(ping)]
    fn ping(&self, _ws: &mut Socket<Vec<String>>, payload: &[u8]) {
        self.log.note(format!("ping {payload:?}"));
    }

    #[on(close)]
    async fn close(&self, ws: &mut Socket<Vec<String>>, code: CloseCode) {
        self.log
            .note(format!("close {code} after {}", ws.data.join(" ")));
    }
}

async fn slow() -> (Server, Seen, Arc<Notify>) {
    let (log, seen) = recorder();
    let gate = Arc::new(Notify::new());
    let module = Slow {
        log,
        gate: gate.clone(),
    };
    (Server::start(Router::new().mount(module)).await, seen, gate)
}

#[tokio::test]
async fn a_message_waits_until_the_previous_message_is_handled() {
    let (server, mut seen, gate) = slow().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.expect_text("welcome").await;
    let frames = [
        Frame::text("wait 1"),
        Frame::text("2"),
        Frame::text("3"),
        Frame::binary([4]),
    ];
    client.send_all(&frames).await;
    seen.expect("open").await;
    seen.expect("begin wait 1").await;
    gate.notify_one();
    for text in ["wait 1", "2", "3", "wait 1 2 3"] {
        client.expect_text(text).await;
    }
    for event in [
        "end wait 1",
        "begin 2",
        "end 2",
        "begin 3",
        "end 3",
        "binary [4]",
    ] {
        seen.expect(event).await;
    }
}

#[tokio::test]
async fn messages_in_separate_segments_wait_too() {
    let (server, mut seen, gate) = slow().await;
    let mut client = Client::connect(server.addr(), "/").await;
    client.expect_text("welcome").await;
    let texts = ["wait 1", "wait 2", "wait 3", "4"];
    for text in texts {
        client.send(text).await;
    }
    seen.expect("open").await;
    for text in texts {
        seen.expect(&format!("begin {text}")).await;
        gate.notify_one();
        client.expect_text(text).await;
        seen.expect(&format!("end {text}")).await;
    }
}

#[tokio::test]
async fn messages_wait_until_open_has_returned() {
    let (server, mut seen, _gate) = slow().await;
    let mut client = RawClient::connect(server.addr()).await;
    let mut bytes = upgrade_bytes("/", &[]);
    bytes.extend(Frame::text("early").encode());
    client.write(&bytes).await;
    assert_eq!(client.reply().await.status, 101);
    client.expect_text("welcome").await;
    client.expect_text("early").await;
    for event in ["open", "begin early", "end early"] {
        seen.expect(event).await;
    }
}

#[tokio::test]
async fn close_waits_until_the_previous_message_is_handled() {
    let (server, mut seen, gate) = slow().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.expect_text("welcome").await;
    let frames = [
        Frame::text("wait 1"),
        Frame::text("2"),
        Frame::close(1000, ""),
    ];
    client.send_all(&frames).await;
    seen.expect("open").await;
    seen.expect("begin wait 1").await;
    gate.notify_one();
    for event in [
        "end wait 1",
        "begin 2",
        "end 2",
        "close 1000 after wait 1 2",
    ] {
        seen.expect(event).await;
    }
    client.expect_text("wait 1").await;
    client.expect_text("2").await;
    client.expect_close(1000, "").await;
}

#[tokio::test]
async fn a_ping_between_two_messages_is_handled_between_them() {
    let (server, mut seen, gate) = slow().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.expect_text("welcome").await;
    client
        .send_all(&[Frame::text("wait 1"), Frame::ping("a"), Frame::text("2")])
        .await;
    seen.expect("open").await;
    seen.expect("begin wait 1").await;
    gate.notify_one();
    for event in ["end wait 1", "ping [97]", "begin 2", "end 2"] {
        seen.expect(event).await;
    }
}

#[tokio::test]
async fn a_slow_handler_holds_up_no_other_socket() {
    let (server, mut seen, gate) = slow().await;
    let mut first = Client::connect(server.addr(), "/").await;
    first.expect_text("welcome").await;
    first.send("wait").await;
    seen.expect("open").await;
    seen.expect("begin wait").await;
    let mut second = Client::connect(server.addr(), "/").await;
    second.expect_text("welcome").await;
    for n in 0..50 {
        let text = n.to_string();
        second.ask(&text, &text).await;
    }
    gate.notify_one();
    first.expect_text("wait").await;
}

/// Async and sync handlers in one module, with trailing arguments omitted.
struct Mixed;

#[websocket(path = "/", data = u32)]
impl Mixed {
    #[on(open)]
    fn open(&self, ws: &mut Socket<u32>) {
        ws.data = 1;
    }

    #[on(text)]
    async fn count_text(&self, ws: &mut Socket<u32>) {
        tokio::task::yield_now().await;
        ws.data += 1;
    }

    #[on(binary)]
    fn count_binary(&self, ws: &mut Socket<u32>) {
        ws.data += 10;
    }

    #[on(pong)]
    fn tell(&self, ws: &mut Socket<u32>) {
        ws.send(ws.data.to_string());
    }

    #[on(close)]
    fn close(&self) {}
}

#[tokio::test]
async fn sync_and_async_handlers_mix() {
    let server = Server::start(Router::new().mount(Mixed)).await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let frames = [
        Frame::text("a"),
        Frame::binary("b"),
        Frame::pong(""),
        Frame::text("c"),
        Frame::text("d"),
        Frame::pong(""),
        Frame::binary("e"),
        Frame::pong(""),
    ];
    client.send_all(&frames).await;
    for count in ["12", "14", "24"] {
        client.expect_text(count).await;
    }
}
