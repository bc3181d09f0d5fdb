//! `ws.handle()`: access to a socket from other tasks and threads.

use std::{sync::Arc, thread};

use parking_lot::Mutex;
use router::prelude::*;
use router_tests::{Client, Log, RawClient, Seen, Server, recorder};

struct Shared {
    log: Log,
    handles: Arc<Mutex<Vec<Handle>>>,
}

#[websocket(path = "/", data = ())]
impl Shared {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe("room");
        let handle = ws.handle();
        assert_eq!(handle.id(), ws.id());
        self.handles.lock().push(handle);
        ws.send("welcome");
    }

    #[on(text)]
    async fn text(&self, ws: &mut Socket<()>, text: &str) {
        if text == "wait" {
            ws.send("waiting");
            let () = std::future::pending().await;
        }
        ws.send(text);
    }

    #[on(close)]
    fn close(&self, _ws: &mut Socket<()>, code: CloseCode, reason: &str) {
        self.log.note(format!("close {code} {reason}"));
    }
}

struct Fixture {
    server: Server,
    seen: Seen,
    handles: Arc<Mutex<Vec<Handle>>>,
}

impl Fixture {
    async fn new() -> Self {
        let (log, seen) = recorder();
        let handles = Arc::default();
        let module = Shared {
            log,
            handles: Arc::clone(&handles),
        };
        Self {
            server: Server::start(Router::new().mount(module)).await,
            seen,
            handles,
        }
    }

    async fn connect(&self) -> (RawClient, Handle) {
        let mut client = RawClient::open(self.server.addr(), "/").await;
        client.expect_text("welcome").await;
        let handle = self
            .handles
            .lock()
            .pop()
            .expect("it was put there before the welcome");
        (client, handle)
    }
}

const REFUSED: SendStatus = SendStatus::Dropped(DropReason::Closed);

#[tokio::test]
async fn a_handle_sends_from_another_task() {
    let fixture = Fixture::new().await;
    let (mut client, handle) = fixture.connect().await;
    let task = tokio::spawn(async move { (handle.send("from a task"), handle.is_open()) });
    client.expect_text("from a task").await;
    assert_eq!(task.await.unwrap(), (SendStatus::Sent(11), true));
}

#[tokio::test]
async fn a_handle_sends_from_a_thread_without_a_runtime() {
    let fixture = Fixture::new().await;
    let (mut client, handle) = fixture.connect().await;
    let thread = thread::spawn(move || {
        for n in 0..100 {
            assert!(handle.send(n.to_string()).is_sent());
        }
        handle.close(CloseCode::from(4000), "from a thread");
        handle.send("behind")
    });
    for n in 0..100 {
        client.expect_text(&n.to_string()).await;
    }
    client.expect_close(4000, "from a thread").await;
    assert_eq!(thread.join().unwrap(), REFUSED);
}

#[tokio::test]
async fn a_handle_publishes_as_its_socket_does() {
    let fixture = Fixture::new().await;
    let (mut first, handle) = fixture.connect().await;
    let (mut second, _) = fixture.connect().await;
    assert_eq!(handle.publish("room", "to the others").delivered, 1);
    second.expect_text("to the others").await;
    // The first client did not receive the message.
    first.ask("hello", "hello").await;
}

#[tokio::test]
async fn a_handle_closes_the_socket_and_the_close_handler_runs() {
    let mut fixture = Fixture::new().await;
    let (mut client, handle) = fixture.connect().await;
    handle.close(CloseCode::Policy, "out");
    assert!(!handle.is_open());
    client.expect_close(1008, "out").await;
    client.expect_end().await;
    fixture.seen.expect("close 1008 out").await;
}

#[tokio::test]
async fn a_handle_terminates_even_a_socket_whose_handler_waits_for_ever() {
    let mut fixture = Fixture::new().await;
    let (mut client, handle) = fixture.connect().await;
    client.ask("wait", "waiting").await;
    handle.terminate();
    assert_eq!(client.expect_gone().await, b"");
    fixture.seen.expect("close 1006 ").await;
}

#[tokio::test]
async fn a_handle_reaches_a_socket_whose_handler_waits() {
    let mut fixture = Fixture::new().await;
    let (mut client, handle) = fixture.connect().await;
    client.ask("wait", "waiting").await;
    assert!(handle.send("meanwhile").is_sent());
    client.expect_text("meanwhile").await;
    handle.close(CloseCode::Normal, "");
    client.expect_close(1000, "").await;
    // The handler continues to wait until the socket is terminated.
    handle.terminate();
    fixture.seen.expect("close 1000 ").await;
}

#[tokio::test]
async fn the_handle_of_a_closed_socket_can_only_publish() {
    let mut fixture = Fixture::new().await;
    let (client, handle) = fixture.connect().await;
    drop(client);
    fixture.seen.expect("close 1006 ").await;
    assert_eq!(handle.send("anybody?"), REFUSED);
    assert!(!handle.is_open());
    assert_eq!(handle.buffered(), 0);
    handle.close(CloseCode::Normal, "");
    handle.terminate();
    let (mut other, _) = fixture.connect().await;
    assert_eq!(handle.publish("room", "from beyond").delivered, 1);
    other.expect_text("from beyond").await;
    drop(other);
    fixture.seen.expect("close 1006 ").await;
}

#[tokio::test]
async fn a_handle_does_not_keep_the_connection_open() {
    let mut fixture = Fixture::new().await;
    // The client ends the first connection, `close` ends the second, and `terminate` ends the third. Each
    // client sees the end of its connection, although the handle still exists.
    let (mut client, first) = fixture.connect().await;
    client.finish().await;
    client.expect_gone().await;
    fixture.seen.expect("close 1006 ").await;

    let (mut client, second) = fixture.connect().await;
    second.close(CloseCode::Normal, "");
    client.expect_close(1000, "").await;
    client.expect_end().await;
    fixture.seen.expect("close 1000 ").await;
    drop(client);

    let (mut client, third) = fixture.connect().await;
    third.terminate();
    client.expect_gone().await;
    fixture.seen.expect("close 1006 ").await;

    fixture.server.shutdown().await.unwrap();
    for handle in [first, second, third] {
        assert_eq!(handle.send("anybody?"), REFUSED);
    }
}

#[tokio::test]
async fn every_socket_has_an_id_of_its_own() {
    let fixture = Fixture::new().await;
    let (_first, one) = fixture.connect().await;
    let (second, two) = fixture.connect().await;
    drop(second);
    let (_third, three) = fixture.connect().await;
    assert_ne!(one.id(), two.id());
    assert_ne!(two.id(), three.id());
    assert_ne!(one.id(), three.id());
}

#[tokio::test]
async fn sends_of_several_tasks_keep_the_order_of_each_task() {
    let fixture = Fixture::new().await;
    let (mut client, handle) = fixture.connect().await;
    for task in 0..4 {
        let handle = handle.clone();
        tokio::spawn(async move {
            for n in 0..100 {
                assert!(handle.send(format!("{task} {n}")).is_sent());
                tokio::task::yield_now().await;
            }
        });
    }
    let mut next = [0; 4];
    for _ in 0..400 {
        let text = client.text().await;
        let (task, n) = text.split_once(' ').unwrap();
        let next = &mut next[task.parse::<usize>().unwrap()];
        assert_eq!(n, next.to_string());
        *next += 1;
    }
}

#[tokio::test]
async fn tungstenite_sees_a_clean_end_when_a_handle_closes_the_socket() {
    let fixture = Fixture::new().await;
    let mut client = Client::connect(fixture.server.addr(), "/").await;
    client.expect_text("welcome").await;
    let handle = fixture.handles.lock().pop().unwrap();
    handle.close(CloseCode::from(4000), "enough");
    client.expect_close(4000, "enough").await;
    client.expect_end().await;
}
