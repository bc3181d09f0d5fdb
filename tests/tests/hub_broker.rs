//! Two servers that are connected by a broker. In these tests, the broker is a queue and a task.

use router::{Broker, Forwarded, prelude::*};
use router_tests::{Client, Server};
use tokio::sync::mpsc;

struct Room;

#[websocket(path = "/", data = ())]
impl Room {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        match text.split_once(' ') {
            Some(("join", topic)) => {
                ws.send(ws.subscribe(topic).to_string());
            }
            Some((topic, text)) => {
                ws.publish(topic, text);
            }
            None => {}
        }
    }
}

struct Outward(mpsc::UnboundedSender<(String, Vec<u8>, bool, bool)>);

impl Broker for Outward {
    fn forward(&self, topic: &str, message: Forwarded<'_>) {
        let Forwarded {
            payload,
            is_text,
            is_compressed,
            ..
        } = message;
        let envelope = (topic.to_owned(), payload.to_vec(), is_text, is_compressed);
        self.0.send(envelope).expect("the task runs");
    }
}

fn join(from: &Hub, to: &Hub) {
    let (outward, mut messages) = mpsc::unbounded_channel();
    from.connect(Outward(outward));
    let to = to.clone();
    tokio::spawn(async move {
        while let Some((topic, payload, is_text, _)) = messages.recv().await {
            if is_text {
                to.deliver(&topic, String::from_utf8(payload).expect("it is text"));
            } else {
                to.deliver(&topic, payload);
            }
        }
    });
}

async fn cluster() -> [Server; 2] {
    let servers = [
        Server::start(Router::new().mount(Room)).await,
        Server::start(Router::new().mount(Room)).await,
    ];
    join(servers[0].hub(), servers[1].hub());
    join(servers[1].hub(), servers[0].hub());
    servers
}

async fn member(server: &Server) -> Client {
    let mut client = Client::connect(server.addr(), "/").await;
    client.ask("join news", "true").await;
    client
}

#[tokio::test]
async fn subscribers_on_both_servers_receive_each_message_once_and_in_order() {
    let servers = cluster().await;
    let mut here = member(&servers[0]).await;
    let mut there = member(&servers[1]).await;
    let mut publisher = Client::connect(servers[0].addr(), "/").await;
    for n in 0..100 {
        publisher.send(format!("news {n}")).await;
    }
    for client in [&mut here, &mut there] {
        for n in 0..100 {
            assert_eq!(client.next_text().await, n.to_string());
        }
    }
    // A message that was forwarded back would arrive before these replies.
    for client in [&mut here, &mut there] {
        client.ask("join news", "true").await;
    }
}

#[tokio::test]
async fn a_publish_without_local_subscribers_reaches_remote_subscribers() {
    let servers = cluster().await;
    let mut there = member(&servers[1]).await;
    assert_eq!(servers[0].hub().publish("news", "far").receivers(), 0);
    assert_eq!(
        servers[0]
            .hub()
            .publish_async("news", "async")
            .await
            .receivers(),
        0
    );
    assert_eq!(there.next_text().await, "far");
    assert_eq!(there.next_text().await, "async");
}

#[tokio::test]
async fn publish_where_stays_local_and_publish_except_is_forwarded() {
    let servers = cluster().await;
    let mut here = member(&servers[0]).await;
    let mut there = member(&servers[1]).await;
    let hub = servers[0].hub();
    let ids: Vec<_> = hub.subscribers("news").iter().map(Handle::id).collect();
    assert_eq!(hub.publish_where("news", "chosen", |_| true).receivers(), 1);
    assert_eq!(hub.publish_except("news", "to others", &ids).receivers(), 0);
    assert_eq!(here.next_text().await, "chosen");
    assert_eq!(there.next_text().await, "to others");
}

#[tokio::test]
async fn a_broker_receives_each_message_as_it_was_published() {
    let server = Server::start(Router::new().mount(Room)).await;
    let _member = member(&server).await;
    let (outward, mut messages) = mpsc::unbounded_channel();
    let hub = server.hub();
    hub.connect(Outward(outward));
    let large = vec![7; 100_000];
    for topic in ["news", "nobody's"] {
        hub.publish(topic, compressed("text ".repeat(100)));
        hub.publish(topic, large.clone());
        hub.publish(topic, [1, 2, 3]);
        for expected in [
            (
                topic.to_owned(),
                "text ".repeat(100).into_bytes(),
                true,
                true,
            ),
            (topic.to_owned(), large.clone(), false, false),
            (topic.to_owned(), vec![1, 2, 3], false, false),
        ] {
            assert_eq!(messages.try_recv(), Ok(expected));
        }
    }
}
