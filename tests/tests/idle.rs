//! `idle_timeout` and `send_pings`: only data from a client shows that the client is alive.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use router::prelude::*;
use router_tests::{Frame, Log, RawClient, Seen, Server, opcode, recorder, within};
use tokio::{sync::Notify, time::interval};

/// The `idle_timeout` of [`Quiet`] and [`Pinging`].
const IDLE_TIMEOUT: Duration = Duration::from_millis(500);

/// The pause between two messages or bytes.
const TICK: Duration = Duration::from_millis(50);

/// The number of ticks in three times [`IDLE_TIMEOUT`].
const TICKS: usize = 30;

/// A socket with an idle timeout and without pings.
struct Quiet {
    log: Log,
    gate: Arc<Notify>,
}

#[websocket(path = "/quiet", data = (), idle_timeout = "500ms", send_pings = false)]
impl Quiet {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe("news");
    }

    #[on(text)]
    async fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
        if text == "wait" {
            self.gate.notified().await;
            ws.send("done");
        }
    }

    #[on(close)]
    fn close(&self, _ws: &mut Socket<()>, code: CloseCode, reason: &str) {
        self.log.note(format!("close {code} {reason}"));
    }
}

/// A socket that pings a client before the idle timeout.
struct Pinging {
    log: Log,
}

#[websocket(path = "/pinging", data = (), idle_timeout = "500ms", send_pings = true)]
impl Pinging {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe("news");
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }

    #[on(close)]
    fn close(&self, _ws: &mut Socket<()>, code: CloseCode, reason: &str) {
        self.log.note(format!("close {code} {reason}"));
    }
}

/// A socket without an idle timeout.
struct Eternal;

#[websocket(path = "/eternal", data = (), idle_timeout = 0)]
impl Eternal {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

async fn server() -> (Server, Seen, Arc<Notify>) {
    let (log, seen) = recorder();
    let gate = Arc::new(Notify::new());
    let router = Router::new()
        .mount(Quiet {
            log: log.clone(),
            gate: gate.clone(),
        })
        .mount(Pinging { log })
        .mount(Eternal);
    (Server::start(router).await, seen, gate)
}

/// Waits until the server has closed a client that sends nothing, so that at least [`IDLE_TIMEOUT`] has
/// passed by the server's clock.
async fn let_idle_time_pass(server: &Server) {
    let mut silent = RawClient::open(server.addr(), "/quiet").await;
    silent.expect_close(1001, "idle timeout").await;
}

#[tokio::test]
async fn a_client_that_sends_nothing_is_closed_with_1001() {
    let (server, mut seen, _gate) = server().await;
    let start = Instant::now();
    let mut client = RawClient::open(server.addr(), "/quiet").await;
    client.expect_close(1001, "idle timeout").await;
    assert!(
        start.elapsed() >= IDLE_TIMEOUT,
        "closed after {:?}",
        start.elapsed()
    );
    client.expect_end().await;
    seen.expect("close 1001 idle timeout").await;
}

#[tokio::test]
async fn a_client_that_does_not_answer_a_ping_is_closed_with_1001() {
    let (server, mut seen, _gate) = server().await;
    let start = Instant::now();
    let mut client = RawClient::open(server.addr(), "/pinging").await;
    client.ping().await;
    client.expect_close(1001, "idle timeout").await;
    assert!(
        start.elapsed() >= IDLE_TIMEOUT,
        "closed after {:?}",
        start.elapsed()
    );
    client.expect_end().await;
    seen.expect("close 1001 idle timeout").await;
}

#[tokio::test]
async fn a_client_that_answers_pings_stays_connected() {
    let (server, _seen, _gate) = server().await;
    let mut client = RawClient::open(server.addr(), "/pinging").await;
    let start = Instant::now();
    while start.elapsed() < 3 * IDLE_TIMEOUT {
        let payload = client.ping().await;
        client.send(Frame::pong(payload)).await;
    }
    client.send(Frame::text("still here")).await;
    let mut frame = client.frame().await;
    if frame.opcode == opcode::PING {
        frame = client.frame().await;
    }
    assert_eq!(frame.payload, b"still here");
}

#[tokio::test]
async fn a_client_that_sends_messages_stays_connected_and_is_not_pinged() {
    let (server, _seen, _gate) = server().await;
    for path in ["/quiet", "/pinging"] {
        let mut client = RawClient::open(server.addr(), path).await;
        let mut ticks = interval(TICK);
        for _ in 0..TICKS {
            ticks.tick().await;
            client.ask("hello", "hello").await;
        }
    }
}

#[tokio::test]
async fn every_byte_from_the_client_resets_the_timeout() {
    let (server, _seen, _gate) = server().await;
    let mut client = RawClient::open(server.addr(), "/quiet").await;
    let text = "a message that takes its time";
    let mut ticks = interval(TICK);
    for byte in Frame::text(text).encode() {
        ticks.tick().await;
        client.write(&[byte]).await;
    }
    client.expect_text(text).await;
}

#[tokio::test]
async fn messages_from_the_server_do_not_reset_the_timeout() {
    let (server, mut seen, _gate) = server().await;
    let hub = server.hub().clone();
    let publisher = tokio::spawn(async move {
        let mut ticks = interval(TICK);
        loop {
            ticks.tick().await;
            hub.publish("news", "news");
        }
    });
    for path in ["/quiet", "/pinging"] {
        let mut client = RawClient::open(server.addr(), path).await;
        let close = async {
            loop {
                let frame = client.frame().await;
                match frame.opcode {
                    opcode::CLOSE => break frame.close_parts(),
                    opcode::PING => {}
                    _ => assert_eq!(frame.payload, b"news"),
                }
            }
        };
        let close = within("the server to close the connection", close).await;
        assert_eq!(close, (1001, "idle timeout".to_owned()), "{path}");
        seen.expect("close 1001 idle timeout").await;
    }
    publisher.abort();
}

#[tokio::test]
async fn a_handler_that_waits_pauses_the_timeout() {
    let (server, mut seen, gate) = server().await;
    let mut client = RawClient::open(server.addr(), "/quiet").await;
    client.ask("wait", "wait").await;
    for _ in 0..3 {
        let_idle_time_pass(&server).await;
        seen.expect("close 1001 idle timeout").await;
    }
    gate.notify_one();
    client.expect_text("done").await;
    client.ask("hello", "hello").await;
    // The timeout runs again after the handler has returned.
    client.expect_close(1001, "idle timeout").await;
    seen.expect("close 1001 idle timeout").await;
}

#[tokio::test]
async fn a_timeout_of_zero_disables_the_timeout_and_the_pings() {
    let (server, _seen, _gate) = server().await;
    let mut client = RawClient::open(server.addr(), "/eternal").await;
    for _ in 0..3 {
        let_idle_time_pass(&server).await;
    }
    client.ask("still here", "still here").await;
}
