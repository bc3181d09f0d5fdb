//! Bugs of publish/subscribe that were reported for Bun, and that this crate does not have.

use router::{TopicEvent, prelude::*};
use router_tests::{Client, Server, within};
use tokio::task::yield_now;

struct Room;

#[websocket(path = "/", data = ())]
impl Room {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        match text {
            "join" => {
                ws.subscribe("room");
            }
            "leave" => {
                ws.unsubscribe("room");
            }
            "join?" => {
                ws.send(ws.subscribe("room").to_string());
            }
            "last words" => {
                ws.publish("room", "last words");
                ws.unsubscribe("room");
            }
            other => {
                ws.publish("room", other);
            }
        }
    }

    #[on(close)]
    fn close(&self, ws: &mut Socket<()>) {
        ws.publish("room", "gone");
    }
}

async fn start() -> Server {
    Server::start(Router::new().mount(Room)).await
}

async fn member(server: &Server) -> Client {
    let mut client = Client::connect(server.addr(), "/").await;
    client.ask("join?", "true").await;
    client
}

#[tokio::test]
async fn a_publisher_need_not_be_subscribed() {
    let server = start().await;
    let mut member = member(&server).await;
    let mut publisher = Client::connect(server.addr(), "/").await;
    publisher.send("hello").await;
    assert_eq!(member.next_text().await, "hello");
}

#[tokio::test]
async fn a_message_published_just_before_an_unsubscribe_is_delivered() {
    let server = start().await;
    let (mut speaker, mut other) = (member(&server).await, member(&server).await);
    // The speaker also receives `first`, because it was published before the speaker left.
    server.hub().publish("room", "first");
    speaker.send("last words").await;
    assert_eq!(other.next_text().await, "first");
    assert_eq!(other.next_text().await, "last words");
    assert_eq!(speaker.next_text().await, "first");
    speaker.ask("join?", "true").await;
}

#[tokio::test]
async fn a_close_handler_publishes_to_the_remaining_members_and_its_socket_is_not_counted() {
    let server = start().await;
    let mut stays = member(&server).await;
    let leaves = member(&server).await;
    assert_eq!(server.hub().subscriber_count("room"), 2);
    drop(leaves);
    assert_eq!(stays.next_text().await, "gone");
    // The member that left is not a receiver, whether or not its connection has ended.
    assert_eq!(server.hub().publish("room", "after").receivers(), 1);
    assert_eq!(stays.next_text().await, "after");
}

#[tokio::test]
async fn a_count_after_the_last_close_is_zero() {
    let server = start().await;
    let mut events = server.hub().topic_events();
    for _ in 0..20 {
        let member = member(&server).await;
        let opened = within("the topic to open", events.next()).await;
        assert_eq!(opened, TopicEvent::Opened("room".to_owned()));
        assert_eq!(server.hub().subscriber_count("room"), 1);
        drop(member);
        let emptied = within("the topic to empty", events.next()).await;
        assert_eq!(emptied, TopicEvent::Emptied("room".to_owned()));
        assert_eq!(server.hub().subscriber_count("room"), 0);
        assert!(server.hub().topics().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_client_is_a_member_if_a_join_is_its_last_move() {
    const CLIENTS: usize = 50;
    let server = start().await;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(Client::connect(server.addr(), "/").await);
    }
    let storm = clients.into_iter().map(|mut client| {
        tokio::spawn(async move {
            for _ in 0..200 {
                client.send("join").await;
                client.send("leave").await;
            }
            client.send("join?").await;
            // Messages that were published while the client was a member arrive before the answer.
            while client.next_text().await != "true" {}
            client
        })
    });
    let storm: Vec<_> = storm.collect();
    while !storm.iter().all(tokio::task::JoinHandle::is_finished) {
        server.hub().publish("room", "in between");
        yield_now().await;
    }
    assert_eq!(server.hub().subscriber_count("room"), CLIENTS);
    assert_eq!(server.hub().publish("room", "end").receivers(), CLIENTS);
    for task in storm {
        let mut client = task.await.expect("the client does not panic");
        while client.next_text().await != "end" {}
    }
}
