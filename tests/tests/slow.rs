//! The messages that a slow client loses under each policy of `on_slow`, and how the loss is reported.

use router::prelude::*;
use router_tests::{Frame, RawClient, Seen, Server, message, recorder};

/// The `backpressure_limit` of all rooms, in bytes.
const BACKPRESSURE_LIMIT: u64 = 128 * 1024;

/// Defines a room with a policy.
macro_rules! room {
    ($name:ident, $path:literal, $on_slow:literal) => {
        struct $name {
            log: router_tests::Log,
        }

        #[websocket(path = $path, data = (), backpressure_limit = BACKPRESSURE_LIMIT, on_slow = $on_slow)]
        impl $name {
            #[on(open)]
            fn open(&self, ws: &mut Socket<()>) {
                ws.subscribe("news");
                ws.send("welcome");
            }

            #[on(text)]
            fn text(&self, ws: &mut Socket<()>, text: &str) {
                let status = ws.send(text);
                self.log.note(format!("{text} {}", !status.is_dropped()));
            }

            #[on(lagged)]
            fn lagged(&self, ws: &mut Socket<()>, missed: u64) {
                self.log.note(format!("lagged {missed} {}", ws.buffered()));
                ws.send(format!("missed {missed}"));
            }

            #[on(drain)]
            fn drain(&self, ws: &mut Socket<()>) {
                self.log.note("drain");
                ws.send("drained");
            }

            #[on(close)]
            fn close(&self, _ws: &mut Socket<()>, code: CloseCode) {
                self.log.note(format!("close {code}"));
            }
        }
    };
}

room!(Dropping, "/drop", "drop");
room!(Closing, "/close", "close");
room!(Displacing, "/displace", "drop_oldest");

/// A room without `#[on(lagged)]`.
struct Silent;

#[websocket(
    path = "/silent",
    data = (),
    backpressure_limit = BACKPRESSURE_LIMIT,
    on_slow = OnSlow::DropOldest,
)]
impl Silent {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe("news");
        ws.send("welcome");
    }

    #[on(drain)]
    fn drain(&self, ws: &mut Socket<()>) {
        ws.send("drained");
    }
}

/// Starts a server, and opens a client that reads nothing after the welcome.
async fn stalled(path: &str) -> (Server, Seen, RawClient) {
    let (log, seen) = recorder();
    let router = Router::new()
        .mount(Dropping { log: log.clone() })
        .mount(Closing { log: log.clone() })
        .mount(Displacing { log })
        .mount(Silent);
    let server = Server::start(router).await;
    let mut client = RawClient::open_narrow(server.addr(), path).await;
    client.expect_text("welcome").await;
    (server, seen, client)
}

/// Returns the number at the start of a message, if there is one.
fn number(text: &str) -> Option<usize> {
    text.split_once(' ')?.0.parse().ok()
}

/// Publishes until `count` messages were dropped or displaced. Returns how many were published.
fn publish_until_lost(server: &Server, count: usize) -> usize {
    let mut lost = 0;
    for n in 0.. {
        let published = server.hub().publish("news", message(n));
        assert_eq!(published.receivers(), 1);
        lost += published.dropped + published.displaced;
        if lost >= count {
            return n + 1;
        }
    }
    unreachable!("numbers don't end");
}

/// Reads messages until one has no number. Returns the numbers, and the message without one.
async fn numbers(client: &mut RawClient) -> (Vec<usize>, String) {
    let mut numbers = Vec::new();
    loop {
        let text = client.text().await;
        match number(&text) {
            Some(n) => {
                assert!(text == message(n), "message {n} is not what was published");
                numbers.push(n);
            }
            None => return (numbers, text),
        }
    }
}

#[tokio::test]
async fn a_slow_client_is_told_once_how_many_messages_it_missed_when_it_has_caught_up() {
    let (server, mut seen, mut client) = stalled("/drop").await;
    let published = publish_until_lost(&server, 10);
    let (got, then) = numbers(&mut client).await;
    let missed = published - got.len();
    assert!(missed >= 10);
    assert!(got.is_sorted());
    assert_eq!(got[0], 0, "the message accepted first arrives");
    assert_eq!(then, format!("missed {missed}"));
    client.expect_text("drained").await;
    seen.expect(&format!("lagged {missed} 0")).await;
    seen.expect("drain").await;
    // After this, messages are delivered again.
    assert_eq!(server.hub().publish("news", message(0)).delivered, 1);
    assert!(client.text().await == message(0));
}

#[tokio::test]
async fn the_oldest_messages_are_displaced_by_the_newest() {
    let (server, mut seen, mut client) = stalled("/displace").await;
    let mut displaced = 0;
    let mut published = 0;
    while displaced < 50 {
        let result = server.hub().publish("news", message(published));
        assert_eq!((result.receivers(), result.dropped), (1, 0));
        assert!(result.displaced == 0 || result.queued == 1, "{result:?}");
        displaced += result.displaced;
        published += 1;
    }
    let (got, then) = numbers(&mut client).await;
    // Every accepted message was either written or displaced.
    assert_eq!(got.len() + displaced, published);
    assert!(got.is_sorted());
    assert_eq!(got[0], 0, "messages in the kernel are not displaced");
    assert_eq!(got.last(), Some(&(published - 1)));
    // The missing messages form one gap: they were older than all messages that stayed queued.
    let gaps = got.windows(2).filter(|pair| pair[1] > pair[0] + 1).count();
    assert_eq!(gaps, 1);
    assert_eq!(then, format!("missed {displaced}"));
    client.expect_text("drained").await;
    seen.expect(&format!("lagged {displaced} 0")).await;
    seen.expect("drain").await;
}

#[tokio::test]
async fn messages_of_send_are_never_displaced() {
    let (server, mut seen, mut client) = stalled("/displace").await;
    // The answers are queued between the published messages.
    let (mut published, mut displaced, mut answers) = (0, 0, Vec::new());
    for round in 0.. {
        for _ in 0..5 {
            displaced += server.hub().publish("news", message(published)).displaced;
            published += 1;
        }
        client.send(Frame::text(format!("answer-{round}"))).await;
        let event = seen.next().await;
        if let Some(answer) = event.strip_suffix(" true") {
            answers.push((answer.to_owned(), displaced));
        }
        if displaced > 50 {
            break;
        }
    }
    let amid = answers.iter().filter(|(_, displaced)| *displaced > 0);
    assert!(
        amid.count() > 0,
        "some answers were accepted while messages were displaced"
    );
    let mut answers = answers.into_iter().map(|(answer, _)| answer);
    let mut got = 0;
    loop {
        let text = client.text().await;
        if text == "drained" {
            break;
        } else if number(&text).is_some() {
            got += 1;
        } else if text.starts_with("answer") {
            assert_eq!(Some(text), answers.next());
        } else {
            assert_eq!(text, format!("missed {displaced}"));
        }
    }
    assert_eq!(answers.next(), None);
    assert_eq!(got + displaced, published);
}

#[tokio::test]
async fn on_slow_close_ends_the_socket_with_1013_after_the_backlog() {
    let (server, mut seen, mut client) = stalled("/close").await;
    let published = publish_until_lost(&server, 1);
    for n in 0..published - 1 {
        assert!(client.text().await == message(n));
    }
    assert_eq!(client.close().await.0, 1013);
    // `#[on(lagged)]` does not run, because the client is disconnected and cannot catch up.
    seen.expect("close 1013").await;
}

#[tokio::test]
async fn without_on_lagged_the_loss_is_only_counted() {
    let (server, _seen, mut client) = stalled("/silent").await;
    publish_until_lost(&server, 5);
    let (_, then) = numbers(&mut client).await;
    assert_eq!(then, "drained");
}
