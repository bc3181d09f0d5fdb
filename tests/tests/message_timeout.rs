//! `message_timeout` and `max_inflation_ratio`.

use router::prelude::*;
use router_tests::{Deflater, Frame, Log, RawClient, Server, recorder};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

struct Target {
    log: Log,
    gate: Arc<Notify>,
}

#[websocket(path = "/", data = (), message_timeout = "10s", idle_timeout = 0)]
impl Target {
    #[on(text)]
    async fn text(&self, ws: &mut Socket<()>, text: &str) {
        self.log.note(text);
        if text == "wait" {
            self.gate.notified().await;
        }
        ws.send(text);
    }
}

/// The same socket with pings. The timer of the pings fires before the timeout of the message.
struct Pinging(Target);

#[websocket(path = "/", data = (), message_timeout = "10s", ping_interval = 3, idle_timeout = 120)]
impl Pinging {
    #[on(text)]
    async fn text(&self, ws: &mut Socket<()>, text: &str) {
        self.0.log.note(text);
        ws.send(text);
    }
}

struct Inflating;

#[websocket(path = "/", data = (), per_message_deflate, max_inflation_ratio = 50)]
impl Inflating {
    #[on(binary)]
    fn binary(&self, ws: &mut Socket<()>, bytes: &[u8]) {
        ws.send(bytes.len().to_string());
    }
}

fn target() -> (Target, router_tests::Seen, Arc<Notify>) {
    let (log, seen) = recorder();
    let gate = Arc::new(Notify::new());
    let target = Target {
        log,
        gate: gate.clone(),
    };
    (target, seen, gate)
}

/// Sends one byte of a message per second until the server closes the connection. Returns the time until
/// then.
async fn trickle(client: &mut RawClient) -> Duration {
    let start = Instant::now();
    let first = Frame::text("").mask([0; 4]).declare(1_000).encode();
    client.write(&first).await;
    loop {
        tokio::select! {
            frame = client.any_frame() => {
                if frame.opcode == router_tests::opcode::CLOSE {
                    assert_eq!(frame.close_parts(), (1008, "message timeout".to_owned()));
                    return start.elapsed();
                }
            }
            () = sleep(Duration::from_secs(1)) => client.write(b"x").await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_takes_too_long_ends_the_connection_with_1008() {
    let (target, _seen, _) = target();
    let server = Server::start(Router::new().mount(target)).await;
    // The messages follow the handshake at once, or after an idle time that is longer than the timeout.
    for idle in [0, 100] {
        let mut client = RawClient::open(server.addr(), "/").await;
        sleep(Duration::from_secs(idle)).await;
        client.ask("a whole message", "a whole message").await;
        let seconds = trickle(&mut client).await.as_secs();
        assert!((10..14).contains(&seconds), "{seconds}");
    }
}

#[tokio::test(start_paused = true)]
async fn other_timers_do_not_delay_the_message_timeout() {
    let (target, _seen, _) = target();
    let server = Server::start(Router::new().mount(Pinging(target))).await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let seconds = trickle(&mut client).await.as_secs();
    assert!((10..14).contains(&seconds), "{seconds}");
}

#[tokio::test(start_paused = true)]
async fn the_timeout_applies_to_each_message_separately() {
    let (target, mut seen, _) = target();
    let server = Server::start(Router::new().mount(target)).await;
    let mut client = RawClient::open(server.addr(), "/").await;
    for _ in 0..5 {
        client.send(Frame::text("sl").unfinished()).await;
        sleep(Duration::from_secs(8)).await;
        client.send(Frame::continuation("ow")).await;
        seen.expect("slow").await;
        client.expect_text("slow").await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_handler_is_not_counted() {
    let (target, mut seen, gate) = target();
    let server = Server::start(Router::new().mount(target)).await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client
        .send_all(&[Frame::text("wait"), Frame::text("be").unfinished()])
        .await;
    seen.expect("wait").await;
    sleep(Duration::from_secs(60)).await;
    gate.notify_one();
    client.expect_text("wait").await;
    sleep(Duration::from_secs(5)).await;
    client.send(Frame::continuation("hind")).await;
    client.expect_text("behind").await;
}

#[tokio::test]
async fn a_message_that_inflates_too_much_ends_the_connection_with_1009() {
    let server = Server::start(Router::new().mount(Inflating)).await;
    let mut client = RawClient::open_deflate(server.addr(), "/").await;
    let small = |payload: &[u8]| Deflater::new(15, false).message(payload);
    // A message of at most 16 KiB is accepted at any ratio.
    let zeros = small(&vec![0; 16 * 1024]);
    assert!(zeros.len() < 100);
    client.send(Frame::binary(zeros).rsv(0b100)).await;
    client.expect_text("16384").await;
    // A larger message is accepted if its ratio is below the limit.
    let words: Vec<u8> = (0..20_000_u32)
        .flat_map(|n| format!("{n} words, ").into_bytes())
        .collect();
    let length = words.len();
    client.send(Frame::binary(small(&words)).rsv(0b100)).await;
    client.expect_text(&length.to_string()).await;
    let bomb = small(&vec![0; 100 * 1024]);
    assert!(100 * 1024 > 50 * bomb.len());
    client.send(Frame::binary(bomb).rsv(0b100)).await;
    client
        .expect_close(1009, "message exceeds max_inflation_ratio")
        .await;
}
