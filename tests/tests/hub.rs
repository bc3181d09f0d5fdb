//! Topics: which sockets are subscribed, and how many.

use router::prelude::*;
use router_tests::{Client, Server};

/// Runs the command in the text, and answers with its result.
struct Topics;

#[websocket(path = "/", data = ())]
impl Topics {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        let (command, topic) = text.split_once(' ').unwrap_or((text, ""));
        let answer = match command {
            "subscribe" => ws.subscribe(topic).to_string(),
            "unsubscribe" => ws.unsubscribe(topic).to_string(),
            "is_subscribed" => ws.is_subscribed(topic).to_string(),
            "count" => ws.hub().subscriber_count(topic).to_string(),
            "subscriptions" => {
                let mut topics = ws.subscriptions();
                topics.sort();
                topics.join(", ")
            }
            "many" => {
                let all = (0..1000).all(|n| ws.subscribe(&format!("many {n}")));
                format!("{all} {}", ws.subscriptions().len())
            }
            "none" => {
                let topics = ws.subscriptions();
                let all = topics.iter().all(|topic| ws.unsubscribe(topic));
                format!("{all} {}", ws.subscriptions().len())
            }
            other => panic!("unknown command {other}"),
        };
        ws.send(answer);
    }
}

async fn topics() -> Server {
    Server::start(Router::new().mount(Topics)).await
}

async fn client(server: &Server) -> Client {
    Client::connect(server.addr(), "/").await
}

#[tokio::test]
async fn a_socket_subscribes_and_unsubscribes() {
    let server = topics().await;
    let mut client = client(&server).await;
    for (command, answer) in [
        ("is_subscribed room", "false"),
        ("unsubscribe room", "false"),
        ("subscriptions", ""),
        ("subscribe room", "true"),
        ("is_subscribed room", "true"),
        ("subscribe other", "true"),
        ("subscriptions", "other, room"),
        ("unsubscribe room", "true"),
        ("unsubscribe room", "false"),
        ("is_subscribed room", "false"),
        ("subscriptions", "other"),
    ] {
        client.ask(command, answer).await;
    }
}

#[tokio::test]
async fn subscribing_twice_is_subscribing_once() {
    let server = topics().await;
    let mut client = client(&server).await;
    for (command, answer) in [
        ("subscribe room", "true"),
        ("subscribe room", "true"),
        ("count room", "1"),
        ("subscriptions", "room"),
    ] {
        client.ask(command, answer).await;
    }
    assert_eq!(server.hub().publish("room", "once").delivered, 1);
    client.expect_text("once").await;
    client.ask("unsubscribe room", "true").await;
    client.ask("count room", "0").await;
}

#[tokio::test]
async fn subscriber_count_follows_subscribes_unsubscribes_and_closes() {
    let server = topics().await;
    let hub = server.hub();
    assert_eq!(hub.subscriber_count("room"), 0);
    let mut first = client(&server).await;
    let mut second = client(&server).await;
    first.ask("subscribe room", "true").await;
    assert_eq!(hub.subscriber_count("room"), 1);
    second.ask("subscribe room", "true").await;
    assert_eq!(hub.subscriber_count("room"), 2);
    first.ask("unsubscribe room", "true").await;
    second.ask("count room", "1").await;
    // The server ends the subscriptions of a socket before it completes the close handshake.
    second.close(1000, "").await;
    second.expect_end().await;
    assert_eq!(hub.subscriber_count("room"), 0);
    first.ask("subscribe room", "true").await;
    assert_eq!(hub.subscriber_count("room"), 1, "a topic can open again");
}

#[tokio::test]
async fn topics_match_exactly_and_without_wildcards() {
    const TOPICS: [&str; 12] = [
        "room", "Room", "room/1", "room/#", "room/+", "#", "+", "*", "room ", "räum", "raum", "\0",
    ];
    let server = topics().await;
    let mut clients = Vec::new();
    for topic in TOPICS {
        let mut client = client(&server).await;
        client.ask(&format!("subscribe {topic}"), "true").await;
        clients.push(client);
    }
    for (topic, client) in TOPICS.iter().zip(&mut clients) {
        assert_eq!(server.hub().subscriber_count(topic), 1, "{topic:?}");
        assert_eq!(
            server
                .hub()
                .publish(topic, format!("to {topic}"))
                .receivers(),
            1
        );
        client.expect_text(&format!("to {topic}")).await;
    }
    for topic in ["", "roo", "room/", "room/2", "rooms", "/", "room/1/"] {
        assert_eq!(
            server.hub().publish(topic, "to nobody").receivers(),
            0,
            "{topic:?}"
        );
    }
    for mut client in clients {
        client.ask("count x", "0").await;
    }
}

#[tokio::test]
async fn there_is_no_topic_without_a_name() {
    let server = topics().await;
    let mut client = client(&server).await;
    for (command, answer) in [
        ("subscribe ", "false"),
        ("is_subscribed ", "false"),
        ("unsubscribe ", "false"),
        ("count ", "0"),
        ("subscriptions", ""),
    ] {
        client.ask(command, answer).await;
    }
}

#[tokio::test]
async fn a_topic_may_have_a_very_long_name() {
    let server = topics().await;
    let mut client = client(&server).await;
    let topic = "long".repeat(Hub::MAX_TOPIC_LENGTH / 4);
    client.ask(&format!("subscribe {topic}"), "true").await;
    assert_eq!(server.hub().publish(&topic, "hello").delivered, 1);
    client.expect_text("hello").await;
    assert_eq!(server.hub().publish(&topic[1..], "hello").receivers(), 0);
}

#[tokio::test]
async fn a_socket_may_have_many_topics() {
    let server = topics().await;
    let mut client = client(&server).await;
    client.ask("many", "true 1000").await;
    for n in [0, 1, 500, 999] {
        assert_eq!(
            server
                .hub()
                .publish(&format!("many {n}"), n.to_string())
                .delivered,
            1
        );
        client.expect_text(&n.to_string()).await;
    }
    client.ask("none", "true 0").await;
    assert_eq!(server.hub().subscriber_count("many 500"), 0);
}

#[tokio::test]
async fn a_topic_may_have_many_subscribers() {
    let server = topics().await;
    let mut clients = Vec::new();
    for _ in 0..100 {
        let mut client = client(&server).await;
        client.ask("subscribe room", "true").await;
        clients.push(client);
    }
    assert_eq!(server.hub().publish("room", "to all").delivered, 100);
    for client in &mut clients {
        client.expect_text("to all").await;
    }
    // Clients at the front, in the middle and at the end of the list of subscribers unsubscribe.
    for n in [99, 50, 49, 17, 16, 1, 0] {
        clients.swap_remove(n).ask("unsubscribe room", "true").await;
    }
    assert_eq!(server.hub().publish("room", "to the rest").delivered, 93);
    for client in &mut clients {
        client.expect_text("to the rest").await;
    }
}
