//! Publishing: who receives a message, where it can be published from, and the order of delivery.

use std::thread;

use router::prelude::*;
use router_tests::{Client, Frame, RawClient, Server, get, request};

/// A room whose members publish messages.
struct Room;

#[websocket(path = "/room", data = ())]
impl Room {
    #[route(post, "/announce/{topic}")]
    async fn announce(&self, hub: Hub, topic: String, body: String) -> String {
        let published = hub.publish(&topic, body);
        format!("{} of {}", published.delivered, published.receivers())
    }

    #[route(get, "/count/{topic}")]
    fn count(&self, topic: String, hub: Hub) -> String {
        hub.subscriber_count(&topic).to_string()
    }

    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe("room");
        ws.send("welcome");
    }

    #[on(text)]
    async fn text(&self, ws: &mut Socket<()>, text: &str) {
        match text {
            "leave" => {
                // The socket still receives the message published before it unsubscribes.
                ws.hub().publish("room", "the last");
                ws.unsubscribe("room");
                ws.hub().publish("room", "without me");
                ws.send("left");
            }
            "mix" => {
                for n in 0..60 {
                    mixed(ws, n);
                    if n % 20 == 0 {
                        tokio::task::yield_now().await;
                    }
                }
            }
            "elsewhere" => {
                let published = ws.publish("elsewhere", "nobody is there");
                ws.send(published.receivers().to_string());
            }
            "publish and close" => {
                ws.publish("room", "before the end");
                ws.hub().publish("room", "to all, before the end");
                ws.close(CloseCode::Normal, "");
            }
            _ => {
                let published = ws.publish("room", text);
                ws.send(format!(
                    "{} of {}",
                    published.delivered,
                    published.receivers()
                ));
            }
        }
    }

    #[on(close)]
    fn close(&self, ws: &mut Socket<()>) {
        ws.publish("room", "one has left");
    }
}

/// Sends or publishes message `n` of a mix: small or large, text or binary.
fn mixed(ws: &Socket<()>, n: usize) {
    let text = mixed_text(n);
    match n % 4 {
        0 => {
            ws.send(text);
        }
        1 => {
            ws.hub().publish("room", text);
        }
        2 => {
            ws.send(text.into_bytes());
        }
        _ => {
            ws.hub().publish("room", Bytes::from(text));
        }
    }
}

fn mixed_text(n: usize) -> String {
    // Some lengths are close to the size from which messages are queued without a copy.
    let length = [1, 100, 16_383, 16_384, 50_000, 16_380, 16_390][n % 7];
    format!("{:.<length$}", format!("{n} "))
}

async fn room() -> Server {
    Server::start(Router::new().mount(Room)).await
}

async fn members(server: &Server, count: usize) -> Vec<Client> {
    let mut members = Vec::new();
    for _ in 0..count {
        let mut member = Client::connect(server.addr(), "/room").await;
        member.expect_text("welcome").await;
        members.push(member);
    }
    members
}

#[tokio::test]
async fn a_socket_publishes_to_the_other_subscribers() {
    let server = room().await;
    let mut members = members(&server, 3).await;
    members[0].ask("hello", "2 of 2").await;
    for member in &mut members[1..] {
        member.expect_text("hello").await;
    }
    // The publishing socket need not be subscribed itself.
    members[0].send("leave").await;
    for text in ["the last", "left"] {
        members[0].expect_text(text).await;
    }
    members[0].ask("from outside", "2 of 2").await;
    for member in &mut members[1..] {
        for text in ["the last", "without me", "from outside"] {
            member.expect_text(text).await;
        }
    }
}

#[tokio::test]
async fn a_publish_without_other_subscribers_has_no_receivers() {
    let server = room().await;
    let mut members = members(&server, 1).await;
    members[0].ask("alone", "0 of 0").await;
    members[0].ask("elsewhere", "0").await;
    let published = server.hub().publish("elsewhere", "lost");
    assert_eq!(
        (published.delivered, published.queued, published.dropped),
        (0, 0, 0)
    );
}

#[tokio::test]
async fn a_route_can_publish_and_count_subscribers() {
    let server = room().await;
    let mut members = members(&server, 2).await;
    assert_eq!(get(server.addr(), "/count/room").await.text(), "2");
    assert_eq!(get(server.addr(), "/count/nothing").await.text(), "0");
    let reply = request(server.addr(), "POST", "/announce/room", &[], b"hear, hear").await;
    assert_eq!(reply.text(), "2 of 2");
    for member in &mut members {
        member.expect_text("hear, hear").await;
    }
}

#[tokio::test]
async fn a_task_and_a_thread_without_a_runtime_publish() {
    let server = room().await;
    let mut members = members(&server, 2).await;
    let hub = server.hub().clone();
    let task = tokio::spawn(async move { hub.publish("room", "from a task").delivered });
    assert_eq!(task.await.unwrap(), 2);
    let hub = server.hub().clone();
    let thread = thread::spawn(move || hub.publish("room", "from a thread").delivered);
    assert_eq!(thread.join().unwrap(), 2);
    for member in &mut members {
        member.expect_text("from a task").await;
        member.expect_text("from a thread").await;
    }
}

#[test]
fn a_hub_works_before_the_server_and_without_a_runtime() {
    let router = Router::new().mount(Room);
    let published = router.hub().publish("room", "nobody is there yet");
    assert_eq!(published.receivers(), 0);
    assert_eq!(router.hub().subscriber_count("room"), 0);
}

#[tokio::test]
async fn a_hub_works_after_the_server_has_shut_down() {
    let server = room().await;
    let mut members = members(&server, 1).await;
    let hub = server.hub().clone();
    let run = tokio::spawn(server.shutdown());
    members[0].expect_close(1001, "server shutting down").await;
    members[0].expect_end().await;
    drop(members);
    run.await.unwrap().unwrap();
    assert_eq!(hub.publish("room", "anybody?").receivers(), 0);
    assert_eq!(hub.subscriber_count("room"), 0);
}

#[tokio::test]
async fn every_clone_of_the_hub_is_the_same_hub() {
    let router = Router::new().mount(Room);
    let early = router.hub();
    let server = Server::start(router).await;
    let mut members = members(&server, 1).await;
    for hub in [&early, &early.clone(), server.hub()] {
        assert_eq!(hub.publish("room", "hello").delivered, 1);
        members[0].expect_text("hello").await;
    }
}

#[tokio::test]
async fn sends_and_publishes_arrive_in_the_order_in_which_they_were_made() {
    let server = room().await;
    let mut watcher = members(&server, 1).await.remove(0);
    let mut client = RawClient::open(server.addr(), "/room").await;
    client.expect_text("welcome").await;
    client.send(Frame::text("mix")).await;
    for n in 0..60 {
        let frame = client.frame().await;
        assert!(
            frame.payload == mixed_text(n).as_bytes(),
            "message {n} is not what was sent"
        );
        assert_eq!(frame.opcode, if n % 4 < 2 { 1 } else { 2 }, "message {n}");
    }
    // The other member receives the published messages in the same order.
    for n in (0..60).filter(|n| n % 2 == 1) {
        let message = watcher.next().await.unwrap();
        assert!(
            message.into_data() == mixed_text(n),
            "message {n} is not what was published"
        );
    }
}

#[tokio::test]
async fn messages_published_before_an_unsubscribe_or_a_close_are_delivered() {
    let server = room().await;
    let mut members = members(&server, 2).await;
    members[0].send("leave").await;
    members[0].expect_text("the last").await;
    members[0].expect_text("left").await;
    members[1].expect_text("the last").await;
    members[1].expect_text("without me").await;
    members[1].send("publish and close").await;
    members[1].expect_text("to all, before the end").await;
    members[1].expect_close(1000, "").await;
}

#[tokio::test]
async fn a_close_handler_publishes() {
    let server = room().await;
    let mut members = members(&server, 3).await;
    let mut first = members.remove(0);
    assert_eq!(first.close(1000, "").await, (1000, String::new()));
    drop(members.remove(0));
    for _ in 0..2 {
        members[0].expect_text("one has left").await;
    }
    members[0].ask("alone", "0 of 0").await;
}

/// A socket that receives its own messages.
struct Mirror;

#[websocket(path = "/mirror", data = (), publish_to_self = true)]
impl Mirror {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe("mirror");
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send("before");
        let published = ws.publish("mirror", text);
        ws.send(format!(
            "{} of {}",
            published.delivered,
            published.receivers()
        ));
        ws.unsubscribe("mirror");
        ws.send(ws.publish("mirror", "without me").receivers().to_string());
    }
}

#[tokio::test]
async fn with_publish_to_self_a_subscribed_socket_receives_its_own_messages() {
    let server = Server::start(Router::new().mount(Mirror)).await;
    let mut client = Client::connect(server.addr(), "/mirror").await;
    client.send("hello").await;
    for text in ["before", "hello", "1 of 1", "0"] {
        client.expect_text(text).await;
    }
}

#[tokio::test]
async fn topics_are_shared_by_all_modules_of_an_app() {
    /// Another module, with the same topic.
    struct Guests;

    #[websocket(path = "/guests", data = ())]
    impl Guests {
        #[on(open)]
        fn open(&self, ws: &mut Socket<()>) {
            ws.subscribe("room");
            ws.send("hello, guest");
        }
    }

    let server = Server::start(Router::new().mount(Room).mount(Guests)).await;
    let mut member = members(&server, 1).await.remove(0);
    let mut guest = Client::connect(server.addr(), "/guests").await;
    guest.expect_text("hello, guest").await;
    member.ask("for everybody", "1 of 1").await;
    guest.expect_text("for everybody").await;

    // Another server has its own topics.
    let other = room().await;
    assert_eq!(other.hub().subscriber_count("room"), 0);
    assert_eq!(other.hub().publish("room", "elsewhere").receivers(), 0);
}
