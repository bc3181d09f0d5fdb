//! Measures how long joining and leaving a topic takes while messages are published to its many members.
//!
//! One thread publishes. On the thread of the server, a handler joins and leaves, and measures the time of
//! each call. The sockets are pipes within the process, and their clients never read.

use router::prelude::*;
use router_tests::Connector;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const MEMBERS: usize = 100_000;
/// The number of messages that are published during the measurement.
const PUBLISHES: usize = 50;

const HANDSHAKE: &[u8] =
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

type Failure = Box<dyn std::error::Error>;

struct Crowd;

#[websocket(path = "/", data = ())]
impl Crowd {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe("crowd");
    }

    /// Joins and leaves repeatedly while another thread publishes.
    #[on(binary)]
    fn binary(&self, ws: &mut Socket<()>, _: &[u8]) {
        let over = Arc::new(AtomicBool::new(false));
        let publisher = {
            let (hub, over) = (ws.hub().clone(), over.clone());
            thread::spawn(move || {
                let times = (0..PUBLISHES).map(|_| {
                    let start = Instant::now();
                    hub.publish("crowd", "hello");
                    start.elapsed()
                });
                let times: Vec<Duration> = times.collect();
                over.store(true, Relaxed);
                times
            })
        };
        let mut moves = Vec::new();
        while !over.load(Relaxed) {
            let start = Instant::now();
            ws.unsubscribe("crowd");
            moves.push(start.elapsed());
            let start = Instant::now();
            ws.subscribe("crowd");
            moves.push(start.elapsed());
        }
        if let Ok(mut publishes) = publisher.join() {
            report(&format!("publish to {MEMBERS}"), &mut publishes);
            report("join or leave meanwhile", &mut moves);
        }
        ws.send("done");
    }
}

fn report(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let part = |part: f64| times[(part * (times.len() - 1) as f64) as usize];
    println!(
        "{what}: {} times, p50 {:?}, p99 {:?}, p99.9 {:?}, longest {:?}",
        times.len(),
        part(0.5),
        part(0.99),
        part(0.999),
        part(1.0)
    );
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let (connector, listener) = Connector::new();
    let server = Router::new().mount(Crowd).bind_listener(listener)?;
    tokio::spawn(server.run());
    let mut clients = Vec::with_capacity(MEMBERS);
    for _ in 0..MEMBERS {
        let mut client = connector.connect(256);
        client.write_all(HANDSHAKE).await?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(client.read_u8().await?);
        }
        clients.push(client);
    }
    let Some(mover) = clients.first_mut() else {
        return Ok(());
    };
    // Sends a masked binary message without payload, and reads everything up to its answer.
    mover.write_all(b"\x82\x80\0\0\0\0").await?;
    let mut answers = Vec::new();
    while !answers.ends_with(b"done") {
        answers.push(mover.read_u8().await?);
    }
    Ok(())
}
