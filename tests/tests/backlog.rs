//! How many clients may wait to be accepted.

use router::Router;
use router_tests::{RawClient, within};
use std::time::Duration;
use tokio::{net::TcpStream, time::timeout};

#[tokio::test]
async fn many_clients_can_wait_for_a_server_that_accepts_nobody_yet() {
    // The standard library's queue holds 128 clients. The kernel drops further attempts to connect, and the
    // clients' systems repeat them forever.
    let server = Router::new().bind("127.0.0.1:0").await.unwrap();
    let mut clients = Vec::new();
    for _ in 0..600 {
        clients.push(RawClient::connect(server.local_addr()).await);
    }
}

#[tokio::test]
async fn the_option_sets_the_length_of_the_queue() {
    let server = Router::new().backlog(4).bind("127.0.0.1:0").await.unwrap();
    let addr = server.local_addr();
    let mut clients = Vec::new();
    // Linux admits one client more than the backlog.
    for _ in 0..5 {
        let connected = within("a place in the queue", TcpStream::connect(addr)).await;
        clients.push(connected.unwrap());
    }
    let surplus = timeout(Duration::from_millis(300), TcpStream::connect(addr)).await;
    assert!(surplus.is_err(), "the queue is full: {surplus:?}");
}
