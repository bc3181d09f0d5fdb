//! Lists of a topic's subscribers, of all sockets and of all topics; publishing to chosen subscribers.

use router::{TopicEvent, prelude::*};
use router_tests::{Client, Server, within};
use std::time::Duration;
use tokio::time::timeout;

struct Room;

#[websocket(path = "/room", data = ())]
impl Room {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        match text.split_once(' ') {
            Some(("join", topic)) => ws.send(ws.subscribe(topic).to_string()),
            Some(("leave", topic)) => ws.send(ws.unsubscribe(topic).to_string()),
            _ => ws.send(ws.id().to_string()),
        };
    }
}

/// A second module, whose sockets also receive the messages that they publish themselves.
struct Other;

#[websocket(path = "/other", data = (), publish_to_self = true)]
impl Other {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe("news");
        ws.send(ws.id().to_string());
    }
}

async fn server() -> Server {
    Server::start(Router::new().mount(Room).mount(Other)).await
}

async fn member(server: &Server, topic: &str) -> (Client, String) {
    let mut client = Client::connect(server.addr(), "/room").await;
    client.ask(&format!("join {topic}"), "true").await;
    client.send("who").await;
    let id = client.next_text().await;
    (client, id)
}

fn handle(server: &Server, id: &str) -> Handle {
    let mut sockets = server.hub().sockets().into_iter();
    let found = sockets.find(|socket| socket.id().to_string() == id);
    found.expect("the socket is listed")
}

#[tokio::test]
async fn subscribers_are_listed_with_their_ids_topics_and_addresses() {
    let server = server().await;
    let (mut first, first_id) = member(&server, "news").await;
    let (_second, second_id) = member(&server, "news").await;
    let (_apart, _) = member(&server, "weather").await;
    first.ask("join weather", "true").await;

    let mut listed = server.hub().subscribers("news");
    listed.sort_by_key(Handle::id);
    let ids: Vec<_> = listed
        .iter()
        .map(|socket| socket.id().to_string())
        .collect();
    assert_eq!(ids, [first_id, second_id]);
    let mut topics = listed[0].subscriptions();
    topics.sort();
    assert_eq!(topics, ["news", "weather"]);
    assert_eq!(listed[0].buffered(), 0);
    assert!(
        listed[0]
            .remote_addr()
            .is_some_and(|addr| addr.ip().is_loopback())
    );
    assert!(server.hub().subscribers("nobody").is_empty());

    listed[0].send("to you alone");
    first.expect_text("to you alone").await;
    for socket in server.hub().subscribers("news") {
        socket.close(CloseCode::Normal, "the room is closed");
    }
    first.expect_close(1000, "the room is closed").await;
    within("the end of the first socket", listed[0].closed()).await;
    assert_eq!(listed[0].subscriptions(), Vec::<String>::new());
}

#[tokio::test]
async fn the_sockets_of_every_module_are_listed() {
    let server = server().await;
    let (_client, id) = member(&server, "news").await;
    let mut other = Client::connect(server.addr(), "/other").await;
    let other_id = other.next_text().await;
    let mut ids: Vec<_> = server.hub().sockets();
    ids.sort_by_key(Handle::id);
    let ids: Vec<_> = ids.iter().map(|socket| socket.id().to_string()).collect();
    assert_eq!(ids, [id, other_id]);
}

#[tokio::test]
async fn seven_hundred_sockets_are_each_listed_once() {
    let server = server().await;
    let mut clients = Vec::new();
    for _ in 0..700 {
        clients.push(member(&server, "crowd").await);
    }
    let mut expected: Vec<&str> = clients.iter().map(|(_, id)| &**id).collect();
    expected.sort_unstable();
    for listed in [server.hub().sockets(), server.hub().subscribers("crowd")] {
        let mut ids: Vec<_> = listed
            .iter()
            .map(|socket| socket.id().to_string())
            .collect();
        ids.sort_unstable();
        assert_eq!(ids, expected);
    }
}

#[tokio::test]
async fn publish_except_leaves_sockets_out() {
    let server = server().await;
    let (mut first, id) = member(&server, "news").await;
    let (mut second, _) = member(&server, "news").await;
    let except = [handle(&server, &id).id()];
    let published = server.hub().publish_except("news", "not for all", &except);
    assert_eq!((published.delivered, published.receivers()), (1, 1));
    server.hub().publish("news", "for all");
    first.expect_text("for all").await;
    second.expect_text("not for all").await;
    second.expect_text("for all").await;
}

#[tokio::test]
async fn publish_where_reaches_only_chosen_sockets() {
    let server = server().await;
    let (mut plain, _) = member(&server, "news").await;
    let (mut vip, _) = member(&server, "news").await;
    vip.ask("join vip", "true").await;
    let hub = server.hub();
    let is_vip = |socket: &Handle| {
        // The predicate may use the topic itself, because no lock is held.
        hub.publish("news", "choosing");
        socket.subscriptions().contains(&"vip".to_owned())
    };
    assert_eq!(hub.publish_where("news", "for you", is_vip).delivered, 1);
    hub.publish("news", "the end");
    for text in ["choosing", "choosing", "for you", "the end"] {
        vip.expect_text(text).await;
    }
    for text in ["choosing", "choosing", "the end"] {
        plain.expect_text(text).await;
    }
    assert_eq!(hub.publish_where("news", "", |_| false).receivers(), 0);
}

#[tokio::test]
async fn a_listed_handle_publishes_as_its_socket_does() {
    let server = server().await;
    let (mut client, id) = member(&server, "news").await;
    let mut other = Client::connect(server.addr(), "/other").await;
    let other_id = other.next_text().await;
    let of_room = handle(&server, &id);
    assert_eq!(of_room.publish("news", "from the room").delivered, 1);
    other.expect_text("from the room").await;
    let of_other = handle(&server, &other_id);
    assert_eq!(of_other.publish("news", "from the other").delivered, 2);
    client.expect_text("from the other").await;
    other.expect_text("from the other").await;
}

#[tokio::test]
async fn topics_are_listed_while_they_have_subscribers() {
    let server = server().await;
    assert!(server.hub().topics().is_empty());
    let (mut client, _) = member(&server, "news").await;
    client.ask("join weather", "true").await;
    let mut topics = server.hub().topics();
    topics.sort();
    assert_eq!(topics, ["news", "weather"]);
    client.ask("leave news", "true").await;
    assert_eq!(server.hub().topics(), ["weather"]);
}

#[tokio::test]
async fn topic_events_report_opened_and_emptied_topics() {
    let server = server().await;
    let (mut client, _) = member(&server, "early").await;
    let mut events = server.hub().topic_events();
    let opened = |name: &str| TopicEvent::Opened(name.to_owned());
    let emptied = |name: &str| TopicEvent::Emptied(name.to_owned());
    assert_eq!(within("an event", events.next()).await, opened("early"));
    let (mut second, _) = member(&server, "early").await;
    client.ask("join late", "true").await;
    assert_eq!(within("an event", events.next()).await, opened("late"));
    // There is no event when a second client subscribes, or when a subscriber leaves while another remains.
    client.ask("leave early", "true").await;
    second.ask("leave early", "true").await;
    assert_eq!(within("an event", events.next()).await, emptied("early"));
    drop(client);
    assert_eq!(within("an event", events.next()).await, emptied("late"));
    let more = timeout(Duration::from_millis(20), events.next()).await;
    assert!(more.is_err(), "nothing else happened: {more:?}");
}

#[tokio::test]
async fn topic_events_report_the_current_state_after_unseen_changes() {
    let server = server().await;
    let mut events = server.hub().topic_events();
    let (mut client, _) = member(&server, "brief").await;
    for _ in 0..100 {
        client.ask("leave brief", "true").await;
        client.ask("join brief", "true").await;
    }
    let event = within("an event", events.next()).await;
    assert_eq!(event, TopicEvent::Opened("brief".to_owned()));
    client.ask("leave brief", "true").await;
    let event = within("an event", events.next()).await;
    assert_eq!(event, TopicEvent::Emptied("brief".to_owned()));
}

#[tokio::test]
async fn a_name_that_is_too_long_is_no_topic() {
    let server = server().await;
    let mut client = Client::connect(server.addr(), "/room").await;
    let longest = "x".repeat(Hub::MAX_TOPIC_LENGTH);
    client.ask(&format!("join {longest}"), "true").await;
    client.ask(&format!("join {longest}x"), "false").await;
    assert_eq!(server.hub().topics(), [longest]);
}
