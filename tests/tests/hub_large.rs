//! Publishing to a topic with more subscribers than one turn is for.

use router::{Listener, Published, prelude::*};
use router_tests::within;
use std::{
    future::pending,
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::pin,
    task::{Context, Poll, Waker},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
    sync::mpsc,
};

/// `publish_async` yields above 8,192.
const SUBSCRIBERS: usize = 8_300;

struct Room;

#[websocket(path = "/", data = ())]
impl Room {
    #[on(open)]
    fn open(&self, ws: &mut Socket<()>) {
        ws.subscribe("crowd");
    }
}

/// Streams within this process: thousands of sockets need no file descriptor.
struct Pipes(mpsc::UnboundedReceiver<DuplexStream>);

impl Listener for Pipes {
    type Io = DuplexStream;

    async fn accept(&mut self) -> io::Result<(DuplexStream, SocketAddr)> {
        match self.0.recv().await {
            Some(stream) => Ok((stream, self.local_addr()?)),
            None => pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok((Ipv4Addr::LOCALHOST, 1).into())
    }
}

async fn crowd() -> (Hub, Vec<DuplexStream>) {
    let router = Router::new().mount(Room);
    let hub = router.hub();
    let (connect, pipes) = mpsc::unbounded_channel();
    let server = router.bind_listener(Pipes(pipes)).expect("it starts");
    tokio::spawn(server.run());
    let mut clients = Vec::with_capacity(SUBSCRIBERS);
    for _ in 0..SUBSCRIBERS {
        let (mut client, theirs) = duplex(1024);
        connect.send(theirs).expect("the server runs");
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
        // A Pong says that `open` has run.
        client
            .write_all(b"\x89\x80\0\0\0\0")
            .await
            .expect("as above");
        let mut pong = [0; 2];
        client.read_exact(&mut pong).await.expect("as above");
        assert_eq!(pong, [0x8A, 0]);
        clients.push(client);
    }
    (hub, clients)
}

/// Every client gets these, in this order, and nothing else before.
async fn all_get(clients: &mut [DuplexStream], texts: &[&str]) {
    let mut expected = Vec::new();
    for text in texts {
        expected.extend([0x81, text.len() as u8]);
        expected.extend(text.as_bytes());
    }
    for client in clients {
        let mut got = vec![0; expected.len()];
        within("what was published", client.read_exact(&mut got))
            .await
            .expect("the server is there");
        assert_eq!(got, expected);
    }
}

fn poll_once(future: std::pin::Pin<&mut impl Future<Output = Published>>) -> Poll<Published> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn others_have_their_turn_while_a_crowd_is_told() {
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
        () = others => unreachable!("they go on for ever"),
    };
    assert_eq!(published.receivers(), SUBSCRIBERS);
    assert!(turns >= SUBSCRIBERS / 128 - 1, "{turns} turns");
    all_get(&mut clients, &["hello"]).await;
}

#[tokio::test]
async fn who_publishes_meanwhile_on_the_same_thread_comes_behind() {
    let (hub, mut clients) = crowd().await;
    let mut first = pin!(hub.publish_async("crowd", "first"));
    assert!(poll_once(first.as_mut()).is_pending());
    let mut second = pin!(hub.publish_async("crowd", "second"));
    assert!(poll_once(second.as_mut()).is_pending());
    assert_eq!(hub.publish("crowd", "third").receivers(), SUBSCRIBERS);
    for begun in [first.as_mut(), second.as_mut()] {
        match poll_once(begun) {
            Poll::Ready(published) => assert_eq!(published.receivers(), SUBSCRIBERS),
            Poll::Pending => panic!("`publish` brings what has begun to its end"),
        }
    }
    all_get(&mut clients, &["first", "second", "third"]).await;
}

#[tokio::test]
async fn a_future_that_is_dropped_reaches_all_or_none() {
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
async fn few_are_told_at_once() {
    let hub = Router::new().hub();
    let mut published = pin!(hub.publish_async("nobody", "hello"));
    assert!(poll_once(published.as_mut()).is_ready());
}
