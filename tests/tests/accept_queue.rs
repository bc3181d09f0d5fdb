//! Connections that are still in the system's accept queue when the server shuts down.

use router::prelude::*;
use router_tests::{RawClient, request_bytes, within};
use std::{
    future::{pending, ready},
    io,
    net::{Ipv4Addr, SocketAddr},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn page(&self) -> &'static str {
        "page"
    }
}

fn router() -> Router {
    Router::new().mount(Api)
}

fn get() -> Vec<u8> {
    request_bytes("GET", "/", &[], b"")
}

#[tokio::test]
async fn clients_in_the_accept_queue_are_served() {
    for count in [1, 10, 100] {
        // The shutdown is triggered before the server runs.
        let server = router().shutdown_when(ready(())).bind("127.0.0.1:0").await;
        let server = server.expect("the machine has a free port");
        let mut clients = Vec::new();
        for _ in 0..count {
            let mut client = RawClient::connect(server.local_addr()).await;
            client.write(&get()).await;
            clients.push(client);
        }
        let running = tokio::spawn(server.run());
        for (number, client) in clients.iter_mut().enumerate() {
            let reply = client.reply().await;
            assert_eq!(
                (reply.status, reply.text()),
                (200, "page"),
                "{number} of {count}"
            );
            assert_eq!(reply.header("connection"), Some("close"));
            client.expect_end().await;
        }
        let ended = within("the server to stop", running).await;
        ended.expect("it does not panic").expect("it ends well");
    }
}

/// An accept queue without the kernel's limit on its length.
struct Queue(UnboundedReceiver<DuplexStream>);

impl router::Listener for Queue {
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

#[tokio::test]
async fn a_long_accept_queue_is_served_to_its_end() {
    let (connect, queue) = unbounded_channel();
    let mut clients = Vec::new();
    for _ in 0..1_000 {
        let (mut client, stream) = duplex(1024);
        client.write_all(&get()).await.expect("it is open");
        connect.send(stream).expect("the queue is open");
        clients.push(client);
    }
    let server = router()
        .shutdown_when(ready(()))
        .bind_listener(Queue(queue));
    let running = tokio::spawn(server.expect("it starts").run());
    for (number, client) in clients.iter_mut().enumerate() {
        let mut answer = String::new();
        let read = within("an answer", client.read_to_string(&mut answer)).await;
        read.expect("memory is readable");
        assert!(answer.ends_with("page"), "{number}: {answer:?}");
    }
    let ended = within("the server to stop", running).await;
    ended.expect("it does not panic").expect("it ends well");
}

#[tokio::test]
async fn a_running_server_sends_no_connection_close() {
    let server = router().shutdown_when(pending()).bind("127.0.0.1:0").await;
    let server = server.expect("the machine has a free port");
    let mut client = RawClient::connect(server.local_addr()).await;
    let running = tokio::spawn(server.run());
    for _ in 0..3 {
        let reply = client.request("GET", "/", &[], b"").await;
        assert_eq!(reply.header("connection"), None);
    }
    running.abort();
}
