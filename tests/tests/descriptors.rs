//! Thousands of short connections, and more connections than the process may have file descriptors.

use router::prelude::*;
use router_tests::{
    RawClient,
    process::{self, Process},
    within,
};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

struct Target;

#[websocket(path = "/", data = ())]
impl Target {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

/// Not a test: the server that the tests start in a separate process.
#[test]
#[ignore = "the other tests run it"]
fn server() {
    // 0 turns the server's own limit off, so that the system refuses connections.
    process::serve(Router::new().mount(Target).max_connections(0));
}

async fn serves(server: &Process) {
    RawClient::open(server.addr(), "/")
        .await
        .ask("hello", "hello")
        .await;
}

async fn connect(addr: SocketAddr) -> TcpStream {
    TcpStream::connect(addr)
        .await
        .expect("the backlog has room")
}

#[tokio::test]
async fn ten_thousand_resets_leak_no_descriptor() {
    let server = Process::start().await;
    serves(&server).await;
    let before = server.descriptors();
    let begins = "GET / HTTP/1.1\r\nhost: x\r\n";
    let whole = format!("{begins}\r\n");
    for round in 0..10_000 {
        let mut client = connect(server.addr()).await;
        match round % 4 {
            0 => {}
            1 => client
                .write_all(begins.as_bytes())
                .await
                .expect("it is open"),
            2 => client
                .write_all(whole.as_bytes())
                .await
                .expect("it is open"),
            _ => {
                let mut socket = RawClient::open(server.addr(), "/").await;
                socket.ask("hello", "hello").await;
            }
        }
        client.set_zero_linger().expect("it is a TCP stream");
    }
    within("all descriptors to be given back", async {
        // The descriptor of the last client of `serves` may still be open for a moment.
        while server.descriptors() > before {
            serves(&server).await;
        }
    })
    .await;
}

#[tokio::test]
async fn accepting_pauses_at_the_limit_of_descriptors_and_resumes_later() {
    let server = Process::start_with_descriptors(64).await;
    serves(&server).await;
    let mut clients = Vec::new();
    for _ in 0..100 {
        clients.push(connect(server.addr()).await);
    }
    let cpu = server.cpu_ticks();
    let mut last = connect(server.addr()).await;
    last.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .expect("the backlog has room");
    // There is no event to wait for: the test shows that nothing happens, and that the server uses little CPU
    // time meanwhile.
    let answer = timeout(Duration::from_secs(2), last.read_u8()).await;
    assert!(answer.is_err(), "there was a descriptor left: {answer:?}");
    let spent = server.cpu_ticks() - cpu;
    assert!(spent < 20, "{spent} ticks of 10 ms, in two seconds");

    clients.clear();
    let answer = within("the server to accept again", last.read_u8()).await;
    assert_eq!(answer.expect("there is an answer"), b'H');
    serves(&server).await;
}
