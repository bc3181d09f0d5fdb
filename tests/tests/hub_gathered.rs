//! The server reads messages in batches. It gathers the publishes of the handlers of one batch, and delivers
//! them in groups. Except for the cost, the results are the same as for separate publishes.

use std::sync::{Arc, Mutex};

use router::{Broker, Forwarded, prelude::*};
use router_tests::{Frame, Log, RawClient, Seen, Server, recorder, within};
use tokio::sync::Notify;

const ROOM: &str = "room";

/// Executes the command in each message, and logs the counts that `publish` returns.
struct Desk {
    log: Log,
    go: Arc<Notify>,
}

#[websocket(path = "/", data = (), backpressure_limit = "64KB")]
impl Desk {
    #[on(text)]
    async fn text(&self, ws: &mut Socket<()>, text: &str) {
        let (command, rest) = text.split_once(' ').unwrap_or((text, ""));
        let other = || {
            let members = ws.hub().subscribers(ROOM);
            members.into_iter().find(|member| member.id() != ws.id())
        };
        match command {
            "join" => assert!(ws.subscribe(rest)),
            "leave" => assert!(ws.unsubscribe(rest)),
            // `publish` leaves out the publisher; `shout` reaches all members.
            "publish" | "shout" => {
                let (topic, text) = rest.split_once(' ').expect("a topic and a text");
                let published = if command == "publish" {
                    ws.publish(topic, text)
                } else {
                    ws.hub().publish(topic, text)
                };
                let Published {
                    delivered,
                    queued,
                    dropped,
                    ..
                } = published;
                self.log.note(format!("{delivered} {queued} {dropped}"));
            }
            "reply" => assert!(ws.send(rest).is_sent()),
            "tell" => assert!(other().expect("another").send(rest).is_sent()),
            "close" => other().expect("another").close(CloseCode::Normal, rest),
            "wait" => self.go.notified().await,
            "go" => self.go.notify_one(),
            "panic" => panic!("as it was told"),
            other => unreachable!("{other}"),
        }
    }
}

struct Field {
    server: Server,
    seen: Seen,
}

impl Field {
    async fn new() -> Self {
        let (log, seen) = recorder();
        let go = Arc::default();
        let server = Server::start(Router::new().mount(Desk { log, go })).await;
        Self { server, seen }
    }

    /// Starts a server with a publisher and another client. Each joins the topics that are given for it.
    async fn with_clients(publisher: &[&str], other: &[&str]) -> (Self, RawClient, RawClient) {
        let field = Self::new().await;
        let publisher = field.client(publisher).await;
        let other = field.client(other).await;
        (field, publisher, other)
    }

    async fn client(&self, topics: &[&str]) -> RawClient {
        Self::join(RawClient::open(self.server.addr(), "/").await, topics).await
    }

    async fn join(mut client: RawClient, topics: &[&str]) -> RawClient {
        for topic in topics {
            client.send(Frame::text(format!("join {topic}"))).await;
        }
        client.ask("reply joined", "joined").await;
        client
    }

    async fn expect(&mut self, reports: &[&str]) {
        for report in reports {
            self.seen.expect(report).await;
        }
    }
}

/// Sends messages with one write, so that the server reads them together.
async fn batch(client: &mut RawClient, commands: &[impl AsRef<str>]) {
    let frames = commands.iter().map(|text| Frame::text(text.as_ref()));
    client.send_all(&frames.collect::<Vec<_>>()).await;
}

async fn expect(client: &mut RawClient, texts: &[impl AsRef<str>]) {
    for text in texts {
        client.expect_text(text.as_ref()).await;
    }
}

#[tokio::test]
async fn all_messages_of_a_batch_arrive_in_order_and_are_counted() {
    let mut field = Field::new().await;
    let mut publisher = field.client(&[ROOM]).await;
    let mut others = [field.client(&[ROOM]).await, field.client(&[ROOM]).await];
    for round in 0..3 {
        let texts: Vec<String> = (0..20).map(|number| format!("{round} {number}")).collect();
        let commands = texts.iter().map(|text| format!("publish {ROOM} {text}"));
        let commands: Vec<String> = commands.collect();
        batch(&mut publisher, &commands).await;
        for other in &mut others {
            expect(other, &texts).await;
        }
        field.expect(&["2 0 0"; 20]).await;
    }
    publisher.ask("reply nothing", "nothing").await;
}

#[tokio::test]
async fn messages_beyond_the_size_of_a_group_arrive_in_order() {
    let (mut field, mut publisher, mut other) = Field::with_clients(&[], &[ROOM]).await;
    // Short messages, messages of which a few fill a group, and messages that are shared instead of copied.
    let lengths = [10, 1000, 4000, 4097, 20_000];
    let texts: Vec<String> = (0..40)
        .map(|number| format!("{number:>0$}", lengths[number % lengths.len()]))
        .collect();
    let commands: Vec<_> = texts
        .iter()
        .map(|text| format!("publish {ROOM} {text}"))
        .collect();
    batch(&mut publisher, &commands).await;
    expect(&mut other, &texts).await;
    field.expect(&["1 0 0"; 40]).await;
}

#[tokio::test]
async fn a_send_arrives_after_earlier_publishes() {
    let (mut field, mut publisher, mut other) = Field::with_clients(&[], &[ROOM]).await;
    let commands = [
        "publish room 1",
        "publish room 2",
        "tell 3",
        "publish room 4",
    ];
    batch(&mut publisher, &commands).await;
    expect(&mut other, &["1", "2", "3", "4"]).await;
    field.expect(&["1 0 0"; 3]).await;
}

#[tokio::test]
async fn a_publish_to_another_topic_arrives_after_earlier_publishes() {
    let (mut field, mut publisher, mut other) = Field::with_clients(&[], &[ROOM, "hall"]).await;
    let commands = [
        "publish room 1",
        "publish hall 2",
        "publish room 3",
        "shout room 4",
    ];
    batch(&mut publisher, &commands).await;
    expect(&mut other, &["1", "2", "3", "4"]).await;
    field.expect(&["1 0 0"; 4]).await;
}

#[tokio::test]
async fn a_sole_publisher_writes_for_the_members_of_several_topics() {
    let mut field = Field::new().await;
    let mut publisher = field.client(&[]).await;
    let mut both = field.client(&[ROOM, "hall"]).await;
    let mut one = field.client(&["hall"]).await;
    for round in 0..20 {
        let commands = [
            "publish room 1",
            "publish hall 2",
            "publish room 3",
            "publish hall 4",
        ];
        batch(&mut publisher, &commands).await;
        expect(&mut both, &["1", "2", "3", "4"]).await;
        expect(&mut one, &["2", "4"]).await;
        field.expect(&["1 0 0", "2 0 0", "1 0 0", "2 0 0"]).await;
        // The sessions of the members still handle other events.
        both.ask(&format!("reply {round}"), &round.to_string())
            .await;
    }
    one.send(Frame::close(1000, "")).await;
    one.expect_close(1000, "").await;
    both.send(Frame::text("wait")).await;
    batch(&mut publisher, &["publish room 5", "publish hall 6", "go"]).await;
    expect(&mut both, &["5", "6"]).await;
    field.expect(&["1 0 0", "1 0 0"]).await;
    both.ask("reply 7", "7").await;
}

#[tokio::test]
async fn a_reply_arrives_after_earlier_publishes_to_the_same_socket() {
    let mut field = Field::new().await;
    let mut publisher = field.client(&[ROOM]).await;
    batch(&mut publisher, &["shout room 1", "reply 2", "shout room 3"]).await;
    expect(&mut publisher, &["1", "2", "3"]).await;
    publisher
        .send_all(&[Frame::text("shout room 4"), Frame::ping("5")])
        .await;
    publisher.expect_text("4").await;
    assert_eq!(publisher.pong().await, b"5");
    field.expect(&["1 0 0"; 3]).await;
}

#[tokio::test]
async fn a_member_that_leaves_receives_only_earlier_publishes() {
    let (mut field, mut publisher, mut other) = Field::with_clients(&[ROOM], &[ROOM]).await;
    let commands = ["shout room 1", "leave room", "shout room 2", "reply 3"];
    batch(&mut publisher, &commands).await;
    expect(&mut publisher, &["1", "3"]).await;
    expect(&mut other, &["1", "2"]).await;
    field.expect(&["2 0 0", "1 0 0"]).await;
}

#[tokio::test]
async fn a_member_that_joins_receives_only_later_publishes() {
    let (mut field, mut publisher, mut other) = Field::with_clients(&[], &[ROOM]).await;
    batch(
        &mut publisher,
        &["shout room 1", "join room", "shout room 2"],
    )
    .await;
    expect(&mut publisher, &["2"]).await;
    expect(&mut other, &["1", "2"]).await;
    field.expect(&["1 0 0", "2 0 0"]).await;
}

#[tokio::test]
async fn a_member_that_is_closed_receives_earlier_publishes() {
    let (mut field, mut publisher, mut other) = Field::with_clients(&[], &[ROOM]).await;
    batch(
        &mut publisher,
        &["publish room 1", "close enough", "publish room 2"],
    )
    .await;
    other.expect_text("1").await;
    other.expect_close(1000, "enough").await;
    field.expect(&["1 0 0", "0 0 0"]).await;
}

#[tokio::test]
async fn a_handler_that_waits_does_not_delay_earlier_publishes() {
    let (mut field, mut publisher, mut other) = Field::with_clients(&[], &[ROOM]).await;
    batch(
        &mut publisher,
        &["publish room 1", "wait", "publish room 2"],
    )
    .await;
    other.expect_text("1").await;
    other.send(Frame::text("go")).await;
    other.expect_text("2").await;
    field.expect(&["1 0 0"; 2]).await;
}

#[tokio::test]
async fn a_handler_that_panics_does_not_lose_earlier_publishes() {
    let (mut field, mut publisher, mut other) = Field::with_clients(&[], &[ROOM]).await;
    batch(
        &mut publisher,
        &["publish room 1", "panic", "publish room 2"],
    )
    .await;
    other.expect_text("1").await;
    publisher.expect_close(1011, "internal error").await;
    field.expect(&["1 0 0"]).await;
    other.ask("reply 3", "3").await;
}

#[tokio::test]
async fn all_messages_of_two_publishers_arrive_in_the_order_of_each() {
    const EACH: usize = 50;
    let field = Field::new().await;
    let mut others = [field.client(&[ROOM]).await, field.client(&[ROOM]).await];
    for name in ["a", "b"] {
        let mut publisher = field.client(&[]).await;
        let commands = (0..EACH).map(|number| format!("publish {ROOM} {name}{number}"));
        batch(&mut publisher, &commands.collect::<Vec<_>>()).await;
    }
    for other in &mut others {
        let mut received = [0; 2];
        for _ in 0..2 * EACH {
            let text = other.text().await;
            let (name, number) = text.split_at(1);
            let count = &mut received[usize::from(name == "b")];
            assert_eq!(number, count.to_string(), "{text}");
            *count += 1;
        }
        assert_eq!(received, [EACH; 2]);
    }
}

#[derive(Clone, Default)]
struct Recorded(Arc<Mutex<Vec<String>>>);

impl Broker for Recorded {
    fn forward(&self, topic: &str, message: Forwarded<'_>) {
        let text = String::from_utf8_lossy(message.payload);
        self.0.lock().unwrap().push(format!("{topic} {text}"));
    }
}

#[tokio::test]
async fn a_broker_receives_each_message_once_and_in_order() {
    let mut field = Field::new().await;
    let recorded = Recorded::default();
    field.server.hub().connect(recorded.clone());
    let mut publisher = field.client(&[]).await;
    let mut other = field.client(&[ROOM, "hall"]).await;
    let texts = ["room 1", "room 2", "hall 3", "room 4", "nowhere 5"];
    let commands = texts.map(|text| format!("publish {text}"));
    batch(&mut publisher, &commands).await;
    expect(&mut other, &["1", "2", "3", "4"]).await;
    field
        .expect(&["1 0 0", "1 0 0", "1 0 0", "1 0 0", "0 0 0"])
        .await;
    assert_eq!(*recorded.0.lock().unwrap(), texts);
}

/// The client `slow` reads nothing until the server has dropped a message to it.
#[tokio::test]
async fn every_accepted_message_arrives_at_a_client_that_had_stopped_reading() {
    let mut field = Field::new().await;
    let mut publisher = field.client(&[]).await;
    let mut fast = field.client(&[ROOM]).await;
    let narrow = RawClient::open_narrow(field.server.addr(), "/").await;
    let mut slow = Field::join(narrow, &[ROOM]).await;
    let text = "x".repeat(1000);
    let command = format!("publish {ROOM} {text}");
    let (mut accepted, mut dropped) = (0, 0);
    while dropped == 0 {
        batch(&mut publisher, &[&command; 10]).await;
        for _ in 0..10 {
            let report = within("a report", field.seen.next()).await;
            let numbers: Vec<usize> = report.split(' ').map(|n| n.parse().unwrap()).collect();
            accepted += numbers[0] + numbers[1] - 1;
            dropped += numbers[2];
            fast.expect_text(&text).await;
        }
    }
    for _ in 0..accepted {
        slow.expect_text(&text).await;
    }
    slow.ask("reply end", "end").await;
}
