//! Tests servers whose output is not read: a server must outlive the reader of its log.

mod support;

use support::{Client, Server};

/// Each server, and its answer to "hi".
const SERVERS: [(&str, &str); 3] = [
    (env!("CARGO_BIN_EXE_basic"), "Echo: hi"),
    (env!("CARGO_BIN_EXE_by_hand"), "Echo: hi"),
    (env!("CARGO_BIN_EXE_chat"), "guest-1: hi"),
];

/// Opens a socket, sends a message and closes the socket, because the server logs each of these events.
async fn serves_and_stops(redirections: &str) {
    for (program, answer) in SERVERS {
        println!("{program} {redirections}");
        let server = Server::start_unread(program, redirections).await;
        let mut first = Client::connect(server.addr, "/").await;
        first.expect("Welcome to the server!").await;
        first.say("hi").await;
        first.expect(answer).await;
        first.close("bye").await;

        let mut second = Client::connect(server.addr, "/").await;
        second.expect("Welcome to the server!").await;
        second.caught_up().await;
        server.terminate();
        let (code, reason) = second.closed_by_server().await;
        assert_eq!((code, reason.as_str()), (1001, "server shutting down"));
        let (status, _, _) = server.ended().await;
        assert!(status.success(), "{program} {redirections}: {status}");
    }
}

#[tokio::test]
async fn pipes_that_are_not_read() {
    serves_and_stops("").await;
}

#[tokio::test]
async fn a_log_on_a_full_disk() {
    serves_and_stops("2>/dev/full").await;
}

#[tokio::test]
async fn both_streams_on_a_full_disk() {
    serves_and_stops(">/dev/full 2>/dev/full").await;
}

#[tokio::test]
async fn a_closed_log() {
    serves_and_stops("2>&-").await;
}

#[tokio::test]
async fn both_streams_closed() {
    serves_and_stops(">&- 2>&-").await;
}
