//! Connections that are still in the system's accept queue when the server shuts down.

use router::prelude::*;
use router_tests::{Connector, RawClient, request_bytes, within};
use std::future::{pending, ready};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

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

#[tokio::test]
async fn a_long_accept_queue_is_served_to_its_end() {
    let (connector, listener) = Connector::new();
    let mut clients = Vec::new();
    for _ in 0..1_000 {
        let mut client = connector.connect(1024);
        client.write_all(&get()).await.expect("it is open");
        clients.push(client);
    }
    let server = router().shutdown_when(ready(())).bind_listener(listener);
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
