//! `max_connections`: clients above the limit wait until a connection or a socket ends.

use router::prelude::*;
use router_tests::{Frame, RawClient, Server, get, request_bytes, within};
use std::{future::pending, net::SocketAddr, sync::Arc};
use tokio::sync::Notify;

#[derive(Default)]
struct Api {
    gate: Arc<Notify>,
}

#[websocket(path = "/ws", data = ())]
impl Api {
    #[route(get, "/")]
    fn page(&self) -> &'static str {
        "page"
    }

    #[route(get, "/wait")]
    async fn wait(&self) -> &'static str {
        self.gate.notified().await;
        "waited"
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

async fn start(limit: usize) -> Server {
    Server::start(Router::new().mount(Api::default()).max_connections(limit)).await
}

async fn assert_page(client: &mut RawClient) {
    let reply = client.request("GET", "/", &[], b"").await;
    assert_eq!((reply.status, reply.text()), (200, "page"));
}

/// Connects a client and sends a request. The server may not have accepted the connection yet.
async fn waiting(addr: SocketAddr) -> RawClient {
    let mut client = RawClient::connect(addr).await;
    client.write(&request_bytes("GET", "/", &[], b"")).await;
    client
}

/// Asserts that a client which [waits](waiting) is served now.
async fn assert_served(client: &mut RawClient) {
    assert_eq!(client.reply().await.text(), "page");
}

#[tokio::test]
async fn a_third_client_is_served_when_a_connection_ends() {
    let server = start(2).await;
    let mut first = RawClient::connect(server.addr()).await;
    let mut second = RawClient::connect(server.addr()).await;
    assert_page(&mut first).await;
    assert_page(&mut second).await;
    let mut third = waiting(server.addr()).await;
    for _ in 0..20 {
        assert_page(&mut first).await;
        assert_page(&mut second).await;
        third.assert_quiet();
    }
    drop(first);
    assert_served(&mut third).await;
    // The same when the third client disconnects.
    let mut fourth = waiting(server.addr()).await;
    assert_page(&mut second).await;
    fourth.assert_quiet();
    drop(third);
    assert_served(&mut fourth).await;
}

#[tokio::test]
async fn a_third_client_is_served_when_a_socket_ends() {
    // The socket ends with a closing handshake or with a reset.
    for resets in [false, true] {
        let server = start(2).await;
        let mut first = RawClient::open(server.addr(), "/ws").await;
        let mut second = RawClient::open(server.addr(), "/ws").await;
        let mut third = waiting(server.addr()).await;
        for _ in 0..20 {
            first.ask("hello", "hello").await;
            second.ask("hello", "hello").await;
            third.assert_quiet();
        }
        if resets {
            first.reset();
        } else {
            first.send(Frame::close(1000, "")).await;
            first.expect_close(1000, "").await;
            first.expect_end().await;
            // The server waits until the client has closed its side as well.
            drop(first);
        }
        assert_served(&mut third).await;
        let mut fourth = waiting(server.addr()).await;
        second.ask("hello", "hello").await;
        fourth.assert_quiet();
        drop(second);
        assert_served(&mut fourth).await;
    }
}

#[tokio::test]
async fn a_connection_that_becomes_a_socket_is_counted_once() {
    let server = start(2).await;
    for _ in 0..100 {
        let mut first = RawClient::open(server.addr(), "/ws").await;
        let mut second = RawClient::open(server.addr(), "/ws").await;
        first.ask("hello", "hello").await;
        second.ask("hello", "hello").await;
    }
}

#[tokio::test]
async fn a_thousand_consecutive_connections_are_not_counted_after_they_end() {
    let server = start(2).await;
    let addr = server.addr();
    let begun = request_bytes("GET", "/wait", &[], b"");
    for round in 0..1_000 {
        match round % 8 {
            0 => assert_eq!(get(addr, "/").await.text(), "page"),
            1 => drop(RawClient::connect(addr).await),
            2 => RawClient::connect(addr).await.reset(),
            // In the next three rounds: half a head, a route that waits, and an invalid request.
            3 => RawClient::connect(addr).await.write(&begun[..20]).await,
            4 => {
                let mut client = RawClient::connect(addr).await;
                client.write(&begun).await;
                client.reset();
            }
            5 => {
                let mut client = RawClient::connect(addr).await;
                client.write(b"nonsense\r\n\r\n").await;
                client.expect_gone().await;
            }
            6 => {
                let mut socket = RawClient::open(addr, "/ws").await;
                socket.ask("hello", "hello").await;
            }
            _ => {
                // An upgrade to an unknown protocol, which the server ignores.
                let mut client = RawClient::connect(addr).await;
                let unknown = [("Upgrade", "other"), ("Connection", "Upgrade")];
                let reply = client.request("GET", "/", &unknown, b"").await;
                assert_eq!(reply.status, 200);
            }
        }
    }
    // The limit is still two connections.
    let mut first = RawClient::connect(addr).await;
    let mut second = RawClient::open(addr, "/ws").await;
    assert_page(&mut first).await;
    let mut third = waiting(addr).await;
    for _ in 0..20 {
        assert_page(&mut first).await;
        second.ask("hello", "hello").await;
        third.assert_quiet();
    }
    drop(second);
    assert_served(&mut third).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_connect_concurrently_are_all_served() {
    let server = start(3).await;
    let addr = server.addr();
    let clients: Vec<_> = (0..20)
        .map(|client| {
            tokio::spawn(async move {
                for _ in 0..50 {
                    if client % 2 == 0 {
                        assert_eq!(get(addr, "/").await.text(), "page");
                    } else {
                        let mut socket = RawClient::open(addr, "/ws").await;
                        socket.ask("hello", "hello").await;
                    }
                }
            })
        })
        .collect();
    for client in clients {
        client.await.expect("all are served");
    }
}

#[tokio::test]
async fn a_limit_of_zero_disables_the_limit() {
    let server = start(0).await;
    let mut clients = Vec::new();
    for _ in 0..200 {
        let mut client = RawClient::connect(server.addr()).await;
        assert_page(&mut client).await;
        clients.push(client);
    }
}

#[tokio::test]
async fn shutdown_does_not_wait_for_clients_that_were_not_accepted() {
    let mut server = start(1).await;
    let mut first = RawClient::open(server.addr(), "/ws").await;
    first.ask("hello", "hello").await;
    let mut second = waiting(server.addr()).await;
    server.begin_shutdown();
    first.expect_close(1001, "server shutting down").await;
    drop(first);
    // The second client was never accepted. The kernel ends its connection when the listener is closed.
    assert_eq!(second.expect_gone().await, b"");
    server.shutdown().await.expect("it ends well");
}

#[tokio::test]
async fn the_limit_applies_to_a_custom_listener() {
    let router = Router::new().mount(Api::default()).max_connections(1);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let router = router.shutdown_when(pending());
    let server = router.bind_listener(router_tests::BoxedListener(listener.expect("a free port")));
    let server = server.expect("it starts");
    let addr = server.local_addr();
    let running = tokio::spawn(server.run());
    let mut first = RawClient::open(addr, "/ws").await;
    first.ask("hello", "hello").await;
    let mut second = waiting(addr).await;
    first.ask("hello", "hello").await;
    second.assert_quiet();
    drop(first);
    assert_served(&mut second).await;
    running.abort();
    let ended = within("the server to be dropped", running).await;
    assert!(ended.is_err());
}
