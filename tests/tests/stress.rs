//! Publishers, readers, leavers, stallers and killers at the same time, on one thread and on four.
//!
//! Each message contains its publisher and a number. At every receiver, the numbers of a publisher only
//! increase. The number of messages that `publish` reported as accepted, minus the number that it reported as
//! displaced, is exactly the number of messages that reached the receivers that stayed to the end.
//!
//! Leavers leave topics and join them again. Stallers do not read. Killers disconnect and connect again.

use std::{collections::HashMap, net::SocketAddr, thread, time::Duration};

use router::prelude::*;
use router_tests::{Frame, RawClient, Server};
use tokio::{
    runtime,
    sync::{mpsc, watch},
    task::{JoinSet, yield_now},
    time::timeout,
};

/// Messages per publisher, to be multiplied by the environment variable `STRESS`.
const MESSAGES: usize = 1500;

fn scale() -> usize {
    std::env::var("STRESS").map_or(1, |scale| scale.parse().expect("`STRESS` is a number"))
}

/// The number of receivers of each kind.
const READERS: usize = 6;
const LEAVERS: usize = 3;
const STALLERS: usize = 3;
const KILLERS: usize = 3;

/// The only publisher of the topic `single`. If a topic has only one publisher, the hub writes to the members
/// on the publisher's thread, instead of waking their sessions.
const SINGLE_PUBLISHER: usize = 1;

/// Members of `steady` and `single` stay connected to the end. Killers are members of `mortal` only.
fn topic(publisher: usize, number: usize) -> &'static str {
    match number % 4 {
        _ if publisher == SINGLE_PUBLISHER => "single",
        3 => "mortal",
        _ => "steady",
    }
}

fn message(publisher: usize, number: usize) -> String {
    let length = match number % 16 {
        // The hub gathers messages into groups. At this length, the messages do not all fit into one group.
        5 if publisher == SINGLE_PUBLISHER => 3000,
        // Large enough to be shared instead of copied, and to fill the buffers of a stalled client.
        5 => 20_000,
        _ => 64,
    };
    let start = format!("{} {publisher} {number} ", topic(publisher, number));
    format!("{start:.<length$}")
}

/// Sums of the counts that `publish` returned, or numbers of messages that a receiver got.
#[derive(Debug, Default, Clone, Copy)]
struct Accepted {
    /// Accepted messages of `steady` and `single`.
    steady: usize,
    /// Accepted messages of `mortal`.
    mortal: usize,
    /// Messages of `steady` and `single` that were accepted, and later displaced by newer messages.
    displaced: usize,
}

impl Accepted {
    fn add(&mut self, topic: &str, published: Published) {
        let accepted = published.delivered + published.queued;
        if topic == "mortal" {
            self.mortal += accepted;
            assert_eq!(published.displaced, 0, "only stallers displace");
        } else {
            self.steady += accepted;
        }
        self.displaced += published.displaced;
    }
}

/// A module whose slow clients lose the newest messages.
struct Field {
    /// Receives the sums of the sockets that publish.
    reports: mpsc::UnboundedSender<Accepted>,
}

/// Sends a text. Retries until there is room for it.
async fn say(ws: &mut Socket<()>, text: &str) {
    while ws.send(text) == SendStatus::Dropped(DropReason::Backpressure) {
        yield_now().await;
    }
}

/// A module whose slow clients lose the oldest messages.
struct Board;

#[websocket(path = "/board", backpressure_limit = "64KB", on_slow = "drop_oldest")]
impl Board {
    #[on(text)]
    async fn text(&self, ws: &mut Socket<()>, text: &str) {
        match text.split_once(' ') {
            Some(("join", topic)) => {
                assert!(ws.subscribe(topic));
                say(ws, "joined").await;
            }
            _ => say(ws, text).await,
        }
    }
}

#[websocket(path = "/", backpressure_limit = "64KB")]
impl Field {
    #[on(text)]
    async fn text(&self, ws: &mut Socket<()>, text: &str) {
        match text.split_once(' ').unwrap_or((text, "")) {
            ("join", topic) => {
                assert!(ws.subscribe(topic));
                say(ws, "joined").await;
            }
            ("leave", topic) => {
                assert!(ws.unsubscribe(topic));
                say(ws, "left").await;
            }
            ("publish", publisher) => {
                let publisher = publisher.parse().expect("a number");
                let mut accepted = Accepted::default();
                for number in 0..MESSAGES * scale() {
                    let topic = topic(publisher, number);
                    accepted.add(topic, ws.publish(topic, message(publisher, number)));
                    if number % 8 == 0 {
                        yield_now().await;
                    }
                }
                self.reports.send(accepted).expect("the test receives");
            }
            _ => say(ws, text).await,
        }
    }
}

/// The messages that a receiver got.
#[derive(Debug, Default)]
struct Tally {
    received: Accepted,
    last: HashMap<usize, usize>,
}

impl Tally {
    fn take(&mut self, text: &str) {
        let mut words = text.split(' ');
        let topic = words.next().expect("a topic");
        let publisher = words
            .next()
            .expect("a publisher")
            .parse()
            .expect("a number");
        let number = words.next().expect("a number").parse().expect("a number");
        if let Some(last) = self.last.insert(publisher, number) {
            assert!(
                last < number,
                "publisher {publisher}: {number} behind {last}"
            );
        }
        match topic {
            "mortal" => self.received.mortal += 1,
            _ => self.received.steady += 1,
        }
    }

    /// Reads messages until this answer of the server.
    async fn until(&mut self, client: &mut RawClient, answer: &str) {
        loop {
            let text = client.text().await;
            if text == answer {
                return;
            }
            self.take(&text);
        }
    }

    async fn ask(&mut self, client: &mut RawClient, command: &str, answer: &str) {
        client.send(Frame::text(command)).await;
        self.until(client, answer).await;
    }

    /// Reads the remaining messages. Messages accepted before the answer arrive before it.
    async fn end(mut self, mut client: RawClient) -> Self {
        self.ask(&mut client, "end", "end").await;
        self
    }
}

type Over = watch::Receiver<bool>;

async fn join(server: &Server, topics: &[&str]) -> RawClient {
    subscribe(RawClient::open(server.addr(), "/").await, topics).await
}

async fn subscribe(mut client: RawClient, topics: &[&str]) -> RawClient {
    for topic in topics {
        client.ask(&format!("join {topic}"), "joined").await;
    }
    client
}

/// Reads all the time.
async fn read(mut client: RawClient, mut over: Over) -> Tally {
    let mut tally = Tally::default();
    loop {
        tokio::select! {
            _ = over.changed() => return tally.end(client).await,
            text = client.text() => tally.take(&text),
        }
    }
}

/// Leaves topics and joins them again, repeatedly.
async fn leave(mut client: RawClient, over: Over) -> Tally {
    let mut tally = Tally::default();
    while !*over.borrow() {
        for topic in ["steady", "single"] {
            let (leave, join) = (format!("leave {topic}"), format!("join {topic}"));
            tally.ask(&mut client, &leave, "left").await;
            tally.ask(&mut client, &join, "joined").await;
        }
        yield_now().await;
    }
    tally.end(client).await
}

/// Reads nothing until all publishers have finished.
async fn stall(client: RawClient, mut over: Over) -> Tally {
    over.changed().await.expect("the test goes on");
    Tally::default().end(client).await
}

/// Connects, reads a few messages, and disconnects, repeatedly.
async fn kill(addr: SocketAddr, mut over: Over) -> Tally {
    let mut received = Tally::default();
    for round in 0.. {
        let mut tally = Tally::default();
        let mut client = RawClient::open(addr, "/").await;
        tally.ask(&mut client, "join mortal", "joined").await;
        for _ in 0..round % 7 {
            tokio::select! {
                _ = over.changed() => return received,
                text = client.text() => tally.take(&text),
            }
        }
        match round % 3 {
            // The kernel reports the end of the connection to the server.
            0 => drop(client),
            1 => client.send(Frame::close(1000, "")).await,
            _ => client.write(&[0xFF]).await,
        }
        received.received.mortal += tally.received.mortal;
    }
    received
}

async fn publish_by_task(hub: Hub, publisher: usize) -> Accepted {
    let mut accepted = Accepted::default();
    for number in 0..MESSAGES * scale() {
        let topic = topic(publisher, number);
        accepted.add(topic, hub.publish(topic, message(publisher, number)));
        if number % 8 == 0 {
            yield_now().await;
        }
    }
    accepted
}

fn publish_by_thread(hub: &Hub, publisher: usize) -> Accepted {
    let mut accepted = Accepted::default();
    for number in 0..MESSAGES * scale() {
        let topic = topic(publisher, number);
        accepted.add(topic, hub.publish(topic, message(publisher, number)));
        thread::yield_now();
    }
    accepted
}

async fn everybody() {
    let (reports, mut reported) = mpsc::unbounded_channel();
    let server = Server::start(Router::new().mount(Field { reports }).mount(Board)).await;
    let (end, over) = watch::channel(false);
    let mut survivors = JoinSet::new();
    for _ in 0..READERS {
        let client = join(&server, &["steady", "mortal", "single"]).await;
        survivors.spawn(read(client, over.clone()));
    }
    for _ in 0..LEAVERS {
        let client = join(&server, &["steady", "mortal", "single"]).await;
        survivors.spawn(leave(client, over.clone()));
    }
    for path in ["/", "/board"] {
        for _ in 0..STALLERS {
            let client = RawClient::open_narrow(server.addr(), path).await;
            let client = subscribe(client, &["steady", "single"]).await;
            survivors.spawn(stall(client, over.clone()));
        }
    }
    let mut killers = JoinSet::new();
    for _ in 0..KILLERS {
        killers.spawn(kill(server.addr(), over.clone()));
    }

    let mut sockets = Vec::new();
    let mut publishers = JoinSet::new();
    for publisher in 0..2 {
        let mut client = RawClient::open(server.addr(), "/").await;
        client
            .send(Frame::text(format!("publish {publisher}")))
            .await;
        sockets.push(client);
        publishers.spawn(publish_by_task(server.hub().clone(), 2 + publisher));
    }
    let hub = server.hub().clone();
    publishers.spawn_blocking(move || publish_by_thread(&hub, 4));
    let mut all = publishers.join_all().await;
    for _ in &sockets {
        all.push(reported.recv().await.expect("the module exists"));
    }
    let mut accepted = Accepted::default();
    for one in all {
        accepted.steady += one.steady;
        accepted.mortal += one.mortal;
        accepted.displaced += one.displaced;
    }
    drop(sockets);
    end.send(true).expect("the receivers run");

    let mut received = Accepted::default();
    for tally in survivors.join_all().await {
        received.steady += tally.received.steady;
        received.mortal += tally.received.mortal;
    }
    for tally in killers.join_all().await {
        received.mortal += tally.received.mortal;
    }
    println!("accepted {accepted:?}, received {received:?}");
    assert_eq!(
        received.steady + accepted.displaced,
        accepted.steady,
        "every accepted message arrived, once, or was displaced"
    );
    assert!(accepted.displaced > 0, "some clients were slow");
    assert!(received.steady >= MESSAGES, "there was something to count");
    assert!(
        received.mortal <= accepted.mortal,
        "nothing arrived that was not accepted"
    );

    let hub = server.hub().clone();
    server.shutdown().await.unwrap();
    for topic in ["steady", "mortal", "single"] {
        assert_eq!(
            hub.subscriber_count(topic),
            0,
            "{topic} outlives its members"
        );
    }
}

fn stress(workers: usize) {
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()
        .unwrap();
    let patience = Duration::from_secs(30) * scale() as u32;
    let finished = runtime.block_on(async { timeout(patience, everybody()).await });
    finished.expect("all clients finish in time");
}

#[test]
fn nothing_is_lost_doubled_or_reordered_on_one_thread() {
    stress(1);
}

#[test]
fn nothing_is_lost_doubled_or_reordered_on_four_threads() {
    stress(4);
}
