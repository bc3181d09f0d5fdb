//! `Socket::test`, with which a handler is tested without a server.

use router::{prelude::*, testing::Sent};
use std::sync::Arc;

#[derive(Default)]
struct Chat;

#[derive(Debug, Default)]
struct Client {
    name: String,
    messages: usize,
}

#[websocket(path = "/", data = Client)]
impl Chat {
    #[on(open)]
    fn open(&self, ws: &mut Socket<Client>) {
        ws.subscribe("lobby");
        ws.send(format!("welcome, {}", ws.data.name));
    }

    #[on(text)]
    async fn text(
        &self,
        ws: &mut Socket<Client>,
        text: &str,
    ) -> Result<(), std::num::ParseIntError> {
        match text.split_once(' ') {
            Some(("say", line)) => {
                ws.hub()
                    .publish("lobby", format!("{}: {line}", ws.data.name));
            }
            Some(("others", line)) => {
                ws.publish("lobby", line);
            }
            Some(("double", number)) => {
                let number: i32 = number.parse()?;
                ws.send(Json(number * 2));
            }
            _ => ws.close(CloseCode::Policy, "not a command"),
        }
        ws.data.messages += 1;
        Ok(())
    }

    #[on(binary)]
    fn binary(&self, ws: &mut Socket<Client>, bytes: &[u8]) {
        ws.send(bytes);
        ws.ping(b"?");
        ws.unsubscribe("lobby");
    }
}

fn ada() -> Client {
    Client {
        name: "Ada".to_owned(),
        messages: 0,
    }
}

#[test]
fn the_inbox_has_the_messages_and_subscriptions_of_a_handler() {
    // Not even a runtime is needed.
    let (mut ws, inbox) = Socket::test(ada());
    Chat.open(&mut ws);
    assert_eq!(inbox.texts(), ["welcome, Ada"]);
    assert_eq!(inbox.subscriptions(), ["lobby"]);
    assert!(ws.is_subscribed("lobby"));
    assert_eq!(ws.hub().subscriber_count("lobby"), 1);

    Chat.binary(&mut ws, &[1, 2]);
    let sent = inbox.sent();
    assert_eq!(sent[1], Sent::Binary(Bytes::from_static(&[1, 2])));
    assert_eq!(sent[2], Sent::Ping(Bytes::from_static(b"?")));
    assert_eq!(inbox.subscriptions(), [""; 0]);

    inbox.clear();
    assert_eq!(inbox.sent(), []);
}

#[tokio::test]
async fn the_inbox_has_the_messages_that_a_handler_publishes() {
    let (mut ws, inbox) = Socket::test(ada());
    Chat.text(&mut ws, "say hello").await.unwrap();
    assert_eq!(inbox.published_texts("lobby"), ["Ada: hello"]);
    assert_eq!(inbox.texts(), [""; 0]);

    // A subscriber receives published messages, except those of its own `ws.publish`.
    ws.subscribe("lobby");
    Chat.text(&mut ws, "say again").await.unwrap();
    Chat.text(&mut ws, "others only").await.unwrap();
    assert_eq!(inbox.texts(), ["Ada: again"]);
    assert_eq!(
        inbox.published_texts("lobby"),
        ["Ada: hello", "Ada: again", "only"]
    );
    assert_eq!(inbox.published().len(), 3);
    assert_eq!(ws.data.messages, 3);
}

#[tokio::test]
async fn the_error_of_a_handler_is_its_result() {
    let (mut ws, inbox) = Socket::test(ada());
    Chat.text(&mut ws, "double 21").await.unwrap();
    assert!(Chat.text(&mut ws, "double x").await.is_err());
    assert_eq!(inbox.texts(), ["42"]);
    assert_eq!(inbox.closed(), None);
}

#[tokio::test]
async fn a_socket_that_was_closed_sends_nothing_more() {
    let (mut ws, inbox) = Socket::test(ada());
    Chat.text(&mut ws, "nonsense").await.unwrap();
    let reason = "not a command".to_owned();
    assert_eq!(inbox.closed(), Some((CloseCode::Policy, reason)));
    assert!(!ws.is_open());
    assert!(ws.send("more").is_dropped());
    assert!(!ws.subscribe("lobby"));
    assert_eq!(inbox.texts(), [""; 0]);
}

#[test]
fn a_handle_reaches_a_test_socket_from_another_thread() {
    let (ws, inbox) = Socket::test(());
    let handle = ws.handle();
    let long = "x".repeat(100_000);
    let text = Arc::new(long.clone());
    std::thread::spawn(move || handle.send(text.as_str()))
        .join()
        .unwrap();
    assert_eq!(inbox.texts(), [long]);
}
