//! `publish_async` to a very large topic: the call yields to other tasks before it completes.

use router::{Published, prelude::*};
use router_tests::{Connector, within};
use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

/// `publish_async` yields above 8,192 subscribers.
const SUBSCRIBERS: usize = 8_300;

struct Room;

#[websocket(path = "/", data = ())]
impl Room {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe("crowd");
    }
}

async fn crowd() -> (Hub, Vec<DuplexStream>) {
    let router = Router::new().mount(Room);
    let hub = router.hub();
    let (connector, listener) = Connector::new();
    let server = router.bind_listener(listener).expect("it starts");
    tokio::spawn(server.run());
    let mut clients = Vec::with_capacity(SUBSCRIBERS);
    for _ in 0..SUBSCRIBERS {
        let mut client = connector.connect(1024);
        client
            .write_all(
                b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                  Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            )
            .await
            .expect("the server reads");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(client.read_u8().await.expect("the server answers"));
        }
        assert!(head.starts_with(b"HTTP/1.1 101 "));
        // A Pong shows that `open` has run.
        client
            .write_all(b"\x89\x80\0\0\0\0")
            .await
            .expect("the server reads");
        let mut pong = [0; 2];
        client
            .read_exact(&mut pong)
            .await
            .expect("the server answers a Ping");
        assert_eq!(pong, [0x8A, 0]);
        clients.push(client);
    }
    (hub, clients)
}

/// Asserts that the next messages of every client are `texts`, in this order.
async fn all_get(clients: &mut [DuplexStream], texts: &[&str]) {
    let mut expected = Vec::new();
    for text in texts {
        expected.extend([0x81, text.len() as u8]);
        expected.extend(text.as_bytes());
    }
    for client in clients {
        let mut got = vec![0; expected.len()];
        within("the published messages", client.read_exact(&mut got))
            .await
            .expect("the server runs");
        assert_eq!(got, expected);
    }
}

fn poll_once(future: std::pin::Pin<&mut impl Future<Output = Published>>) -> Poll<Published> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn other_tasks_run_during_publish_async_to_a_large_topic() {
    let (hub, mut clients) = crowd().await;
    let mut turns = 0;
    let others = async {
        loop {
            tokio::task::yield_now().await;
            turns += 1;
        }
    };
    let published = tokio::select! {
        biased;
        published = hub.publish_async("crowd", "hello") => published,
        () = others => unreachable!("the other task never ends"),
    };
    assert_eq!(published.receivers(), SUBSCRIBERS);
    assert!(turns >= SUBSCRIBERS / 128 - 1, "{turns} turns");
    all_get(&mut clients, &["hello"]).await;
}

#[tokio::test]
async fn messages_published_meanwhile_on_the_same_thread_are_delivered_in_order() {
    let (hub, mut clients) = crowd().await;
    let mut first = pin!(hub.publish_async("crowd", "first"));
    assert!(poll_once(first.as_mut()).is_pending());
    let mut second = pin!(hub.publish_async("crowd", "second"));
    assert!(poll_once(second.as_mut()).is_pending());
    assert_eq!(hub.publish("crowd", "third").receivers(), SUBSCRIBERS);
    for begun in [first.as_mut(), second.as_mut()] {
        match poll_once(begun) {
            Poll::Ready(published) => assert_eq!(published.receivers(), SUBSCRIBERS),
            Poll::Pending => panic!("`publish` completes earlier calls first"),
        }
    }
    all_get(&mut clients, &["first", "second", "third"]).await;
}

#[tokio::test]
async fn a_dropped_publish_async_reaches_all_subscribers_or_none() {
    let (hub, mut clients) = crowd().await;
    drop(hub.publish_async("crowd", "never polled"));
    {
        let mut begun = pin!(hub.publish_async("crowd", "begun"));
        assert!(poll_once(begun.as_mut()).is_pending());
    }
    assert_eq!(hub.publish("crowd", "after").receivers(), SUBSCRIBERS);
    all_get(&mut clients, &["begun", "after"]).await;
}

#[tokio::test]
async fn publish_async_without_subscribers_completes_at_once() {
    let hub = Router::new().hub();
    let mut published = pin!(hub.publish_async("nobody", "hello"));
    assert!(poll_once(published.as_mut()).is_ready());
}
