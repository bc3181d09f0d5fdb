//! Shutdown: every socket is closed with 1001, and neither clients nor handlers can delay the end beyond the
//! deadline.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use router::prelude::*;
use router_tests::{Client, Frame, Log, RawClient, Seen, Server, recorder, upgrade_bytes, within};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, oneshot},
};

const GOODBYE: &str = "server shutting down";
/// A short deadline, for tests in which the shutdown lasts until the deadline.
const SHORT_DEADLINE: Duration = Duration::from_millis(400);

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("this is what the test is about");
    }
}

struct Slow {
    log: Log,
    gate: Arc<Notify>,
}

#[websocket(path = "/", data = ())]
impl Slow {
    #[route(get, "/page")]
    fn page(&self) -> &'static str {
        "page"
    }

    #[route(get, "/slow")]
    async fn slow(&self) -> &'static str {
        self.log.note("slow");
        self.gate.notified().await;
        "slow"
    }

    #[route(get, "/late")]
    async fn late(&self, upgrade: Upgrade<Self>) -> Response {
        self.log.note("late");
        self.gate.notified().await;
        upgrade.accept(())
    }

    #[on(text)]
    async fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
        match text {
            "wait" => {
                self.gate.notified().await;
                self.log.note("done");
            }
            "wait with a bomb" => {
                let _bomb = Bomb;
                let () = std::future::pending().await;
            }
            "flood" => {
                for _ in 0..8 {
                    ws.send(vec![7; 1024 * 1024]);
                }
            }
            _ => {}
        }
    }

    #[on(close)]
    fn close(&self, _ws: &mut Socket<()>, code: CloseCode, reason: &str) {
        self.log.note(format!("close {code} {reason}"));
    }
}

async fn slow(deadline: Duration) -> (Server, Seen, Arc<Notify>) {
    let (log, seen) = recorder();
    let gate = Arc::new(Notify::new());
    let module = Slow {
        log,
        gate: gate.clone(),
    };
    let router = Router::new().mount(module).shutdown_deadline(deadline);
    (Server::start(router).await, seen, gate)
}

/// A deadline that no test reaches.
const LONG_DEADLINE: Duration = Duration::from_secs(60);

/// Shuts down, and asserts that the shutdown ends within seconds: at [`SHORT_DEADLINE`], or a little later.
async fn assert_ends_by_the_deadline(server: Server) {
    let start = Instant::now();
    server.shutdown().await.unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "the shutdown took {:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn every_socket_gets_1001_and_its_close_handler_runs() {
    let (mut server, mut seen, _gate) = slow(LONG_DEADLINE).await;
    let mut clients = Vec::new();
    for _ in 0..50 {
        let mut client = Client::connect(server.addr(), "/").await;
        client.ask("hello", "hello").await;
        clients.push(client);
    }
    server.begin_shutdown();
    for client in &mut clients {
        client.expect_close(1001, GOODBYE).await;
        client.expect_end().await;
        seen.expect("close 1001 server shutting down").await;
    }
    drop(clients);
    server.shutdown().await.unwrap();
    seen.assert_silent();
}

#[tokio::test]
async fn a_server_without_connections_ends_at_once() {
    let (server, _seen, _gate) = slow(LONG_DEADLINE).await;
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn no_connection_is_accepted_during_the_shutdown() {
    let (mut server, _seen, gate) = slow(LONG_DEADLINE).await;
    let addr = server.addr();
    let mut client = RawClient::open(addr, "/").await;
    client.ask("wait", "wait").await;
    server.begin_shutdown();
    // The client's handler still waits.
    client.expect_close(1001, GOODBYE).await;
    let refused = async { while TcpStream::connect(addr).await.is_ok() {} };
    within("connections to be refused", refused).await;
    gate.notify_one();
    drop(client);
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn idle_connections_are_closed() {
    let (server, _seen, _gate) = slow(LONG_DEADLINE).await;
    let mut used = RawClient::connect(server.addr()).await;
    assert_eq!(used.request("GET", "/page", &[], b"").await.text(), "page");
    server.shutdown().await.unwrap();
    used.expect_end().await;
}

#[tokio::test]
async fn a_request_in_progress_is_answered() {
    let (mut server, mut seen, gate) = slow(LONG_DEADLINE).await;
    let mut socket = Client::connect(server.addr(), "/").await;
    let mut client = RawClient::connect(server.addr()).await;
    client
        .write(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    seen.expect("slow").await;
    server.begin_shutdown();
    socket.expect_close(1001, GOODBYE).await;
    socket.expect_end().await;
    gate.notify_one();
    let reply = client.reply().await;
    assert_eq!((reply.status, reply.text()), (200, "slow"));
    client.expect_end().await;
    drop(socket);
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_call_of_accept_during_the_shutdown_is_answered_503_or_closes_with_1001() {
    let (mut server, mut seen, gate) = slow(LONG_DEADLINE).await;
    let mut socket = Client::connect(server.addr(), "/").await;
    let mut client = RawClient::connect(server.addr()).await;
    client.write(&upgrade_bytes("/late", &[])).await;
    seen.expect("late").await;
    server.begin_shutdown();
    socket.expect_close(1001, GOODBYE).await;
    socket.expect_end().await;
    seen.expect("close 1001 server shutting down").await;
    gate.notify_one();
    // Either the server refuses the upgrade with 503, or its first frame closes the socket.
    match client.reply().await.status {
        101 => {
            client.expect_close(1001, GOODBYE).await;
            client.expect_end().await;
        }
        status => assert_eq!(status, 503),
    }
    drop((client, socket));
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_handler_that_ends_in_time_is_not_cancelled() {
    let (mut server, mut seen, gate) = slow(LONG_DEADLINE).await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.ask("wait", "wait").await;
    server.begin_shutdown();
    client.expect_close(1001, GOODBYE).await;
    seen.assert_silent();
    gate.notify_one();
    seen.expect("done").await;
    seen.expect("close 1001 server shutting down").await;
    drop(client);
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_handler_that_does_not_end_is_cancelled_and_the_close_handler_runs() {
    let (server, mut seen, _gate) = slow(SHORT_DEADLINE).await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.ask("wait", "wait").await;
    assert_ends_by_the_deadline(server).await;
    client.expect_close(1001, GOODBYE).await;
    seen.expect("close 1001 server shutting down").await;
    seen.assert_silent();
}

#[tokio::test]
async fn a_panic_while_a_handler_is_cancelled_does_not_affect_other_sockets() {
    let (server, mut seen, _gate) = slow(SHORT_DEADLINE).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = RawClient::open(server.addr(), "/").await;
        client.ask("wait with a bomb", "wait with a bomb").await;
        clients.push(client);
    }
    assert_ends_by_the_deadline(server).await;
    for _ in clients {
        seen.expect("close 1001 server shutting down").await;
    }
}

#[tokio::test]
async fn a_client_that_never_answers_is_not_waited_for_beyond_the_deadline() {
    let (server, mut seen, _gate) = slow(SHORT_DEADLINE).await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.ask("hello", "hello").await;
    assert_ends_by_the_deadline(server).await;
    seen.expect("close 1001 server shutting down").await;
    client.expect_close(1001, GOODBYE).await;
}

#[tokio::test]
async fn a_client_that_never_reads_is_not_waited_for_beyond_the_deadline() {
    let (server, mut seen, _gate) = slow(SHORT_DEADLINE).await;
    let mut client = RawClient::open_narrow(server.addr(), "/").await;
    client.ask("flood", "flood").await;
    assert_ends_by_the_deadline(server).await;
    seen.expect("close 1001 server shutting down").await;
    drop(client);
}

#[tokio::test]
async fn a_request_that_is_never_answered_is_not_waited_for_beyond_the_deadline() {
    let (server, mut seen, _gate) = slow(SHORT_DEADLINE).await;
    let mut client = RawClient::connect(server.addr()).await;
    client
        .write(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    seen.expect("slow").await;
    assert_ends_by_the_deadline(server).await;
    assert_eq!(client.expect_gone().await, b"");
}

/// A socket whose `close` handler does not return.
struct Lingering;

#[websocket(path = "/", data = ())]
impl Lingering {
    #[on(close)]
    async fn close(&self) {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_close_handler_that_does_not_end_is_not_waited_for_beyond_the_deadline() {
    let router = Router::new()
        .mount(Lingering)
        .shutdown_deadline(SHORT_DEADLINE);
    let server = Server::start(router).await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.send(Frame::close(1000, "")).await;
    client.expect_close(1000, "").await;
    let _other = RawClient::open(server.addr(), "/").await;
    assert_ends_by_the_deadline(server).await;
}

#[tokio::test]
async fn a_listener_of_the_user_is_served_until_the_shutdown_future_completes() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async move {
        stopped.await.ok();
    };
    let (log, mut seen) = recorder();
    let module = Slow {
        log,
        gate: Arc::default(),
    };
    let router = Router::new().mount(module).shutdown_when(stopped);
    let serving = tokio::spawn(router.serve_listener(listener));
    let mut client = Client::connect(addr, "/").await;
    client.ask("hello", "hello").await;
    stop.send(()).unwrap();
    client.expect_close(1001, GOODBYE).await;
    client.expect_end().await;
    seen.expect("close 1001 server shutting down").await;
    drop(client);
    within("the server to stop", serving)
        .await
        .unwrap()
        .unwrap();
}
