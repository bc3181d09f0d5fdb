//! `ping_interval`, `pong_timeout` and `max_lifetime`: timers independent of `idle_timeout`.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use router::prelude::*;
use router_tests::{Frame, Log, RawClient, Seen, Server, opcode, recorder};
use tokio::sync::Notify;

macro_rules! module {
    ($name:ident, $($options:tt)*) => {
        struct $name {
            log: Log,
            gate: Arc<Notify>,
        }

        impl $name {
            async fn start() -> (Server, Seen, Arc<Notify>) {
                let ((log, seen), gate) = (recorder(), Arc::new(Notify::new()));
                let module = Self { log, gate: gate.clone() };
                (Server::start(Router::new().mount(module)).await, seen, gate)
            }
        }

        #[websocket(path = "/", data = (), $($options)*)]
        impl $name {
            #[on(open)]
            fn open(&self, ws: &mut Socket<()>) {
                ws.subscribe("news");
            }

            #[on(text)]
            async fn text(&self, ws: &mut Socket<()>, text: &str) {
                if text == "wait" {
                    self.gate.notified().await;
                }
                ws.send(text);
            }

            #[on(close)]
            fn close(&self, _ws: &mut Socket<()>, code: CloseCode, reason: &str) {
                self.log.note(format!("close {code} {reason}"));
            }
        }
    };
}

module!(Pinged, ping_interval = "100ms", idle_timeout = 0);
module!(
    Strict,
    ping_interval = "100ms",
    pong_timeout = "200ms",
    idle_timeout = 0
);
module!(Mortal, max_lifetime = "400ms");

#[tokio::test]
async fn ping_interval_pings_silent_clients_and_active_clients() {
    let (server, _seen, _gate) = Pinged::start().await;
    let start = Instant::now();
    let mut client = RawClient::open(server.addr(), "/").await;
    for _ in 0..3 {
        assert_eq!(client.ping().await, b"");
    }
    assert!(
        start.elapsed() >= Duration::from_millis(300),
        "three Pings in less than 300 ms"
    );
    // Messages from the client do not change the interval.
    let mut pings = 0;
    while pings < 3 {
        client.send(Frame::text("hello")).await;
        loop {
            let frame = client.frame().await;
            if frame.opcode == opcode::PING {
                pings += 1;
            } else {
                assert_eq!(frame.payload, b"hello");
                break;
            }
        }
    }
}

#[tokio::test]
async fn pong_timeout_closes_the_connection_of_a_client_that_does_not_answer() {
    let (server, mut seen, _gate) = Strict::start().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let start = Instant::now();
    assert_eq!(client.ping().await, b"");
    client.expect_close(1001, "pong timeout").await;
    assert!(start.elapsed() >= Duration::from_millis(200));
    client.expect_end().await;
    seen.expect("close 1001 pong timeout").await;
}

#[tokio::test]
async fn any_received_frame_counts_as_an_answer_to_a_ping() {
    let (server, _seen, _gate) = Strict::start().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    for answer in [
        Frame::pong(""),
        Frame::pong("unasked"),
        Frame::binary("").unfinished(),
        Frame::continuation("").unfinished(),
        Frame::pong(""),
    ] {
        assert_eq!(client.ping().await, b"");
        client.send(answer).await;
    }
    assert_eq!(client.ping().await, b"");
}

#[tokio::test]
async fn frames_sent_by_the_server_do_not_count_as_an_answer() {
    let (server, mut seen, _gate) = Strict::start().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    assert_eq!(client.ping().await, b"");
    let mut closed = std::pin::pin!(seen.expect("close 1001 pong timeout"));
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    loop {
        tokio::select! {
            () = &mut closed => break,
            _ = ticks.tick() => drop(server.hub().publish("news", "no answer")),
        }
    }
}

#[tokio::test]
async fn the_pong_timeout_is_paused_while_a_handler_waits() {
    let (server, _seen, gate) = Strict::start().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.send(Frame::text("wait")).await;
    // This message precedes the client's Pong. Neither is read while the handler waits.
    client.send(Frame::text("behind")).await;
    let start = Instant::now();
    assert_eq!(client.ping().await, b"");
    client.send(Frame::pong("")).await;
    // The connection is still open after three times the timeout.
    let mut news = tokio::time::interval(Duration::from_millis(50));
    while start.elapsed() < Duration::from_millis(600) {
        news.tick().await;
        assert_eq!(server.hub().publish("news", "n").receivers(), 1);
    }
    gate.notify_one();
    loop {
        let frame = client.frame().await;
        assert_ne!(frame.opcode, opcode::CLOSE);
        if frame.payload == b"behind" {
            break;
        }
    }
}

#[tokio::test]
async fn max_lifetime_closes_an_active_connection() {
    let (server, mut seen, _gate) = Mortal::start().await;
    let start = Instant::now();
    let mut client = RawClient::open(server.addr(), "/").await;
    loop {
        client.takes(&Frame::text("hello").encode()).await;
        let frame = client.frame().await;
        if frame.opcode == opcode::CLOSE {
            assert_eq!(frame.close_parts(), (1001, "lifetime reached".to_owned()));
            break;
        }
    }
    assert!(start.elapsed() >= Duration::from_millis(400));
    seen.expect("close 1001 lifetime reached").await;
}

#[tokio::test]
async fn max_lifetime_does_not_wait_for_a_handler() {
    let (server, mut seen, gate) = Mortal::start().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.send(Frame::text("wait")).await;
    client.expect_close(1001, "lifetime reached").await;
    gate.notify_one();
    seen.expect("close 1001 lifetime reached").await;
}
