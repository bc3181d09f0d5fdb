//! A `drain` handler that waits while the second half of a frame arrives.

use std::sync::Arc;

use router::prelude::*;
use router_tests::{Frame, Log, RawClient, Server, recorder};
use tokio::sync::Notify;

struct Flood {
    log: Log,
    gate: Arc<Notify>,
}

#[websocket(path = "/", data = (), backpressure_limit = 0)]
impl Flood {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        if text == "flood" {
            let large = "x".repeat(64 * 1024);
            let mut count = 1;
            while !ws.send(large.as_str()).is_queued() {
                count += 1;
            }
            self.log.note(format!("queued after {count}"));
        } else {
            ws.send(text);
        }
    }

    #[on(drain)]
    async fn drain(&self) {
        self.log.note("drain");
        self.gate.notified().await;
        self.log.note("drained");
    }
}

#[tokio::test]
async fn a_partially_read_frame_is_kept_while_a_drain_handler_waits() {
    let (log, mut seen) = recorder();
    let gate = Arc::new(Notify::new());
    let module = Flood {
        log,
        gate: gate.clone(),
    };
    let server = Server::start(Router::new().mount(module)).await;
    let mut client = RawClient::open_narrow(server.addr(), "/").await;

    let ping = Frame::ping("halved").encode();
    let (left, right) = ping.split_at(4);
    client
        .write(&[&Frame::text("flood").encode(), left].concat())
        .await;
    let queued = seen.next().await;
    let count: usize = queued.trim_start_matches("queued after ").parse().unwrap();
    for _ in 0..count {
        assert_eq!(client.text().await.len(), 64 * 1024);
    }
    seen.expect("drain").await;

    // The rest of the Ping arrives while the handler waits.
    client.write(right).await;
    assert_eq!(client.pong().await, b"halved");
    gate.notify_one();
    seen.expect("drained").await;
    client.ask("hello", "hello").await;
}
