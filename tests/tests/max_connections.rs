//! `max_connections`: beyond it clients wait, until a connection or a socket ends.

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

/// A client that is connected for the system, and has sent a request.
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
    // And again, with the place of the third.
    let mut fourth = waiting(server.addr()).await;
    assert_page(&mut second).await;
    fourth.assert_quiet();
    drop(third);
    assert_served(&mut fourth).await;
}

#[tokio::test]
async fn a_third_client_is_served_when_a_socket_ends() {
    // In good order, and by a reset.
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
            // The server waits for this side to close as well.
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
async fn a_connection_that_becomes_a_socket_has_one_place() {
    let server = start(2).await;
    for _ in 0..100 {
        let mut first = RawClient::open(server.addr(), "/ws").await;
        let mut second = RawClient::open(server.addr(), "/ws").await;
        first.ask("hello", "hello").await;
        second.ask("hello", "hello").await;
    }
}

#[tokio::test]
async fn a_thousand_connections_one_after_the_other_give_their_places_back() {
    let server = start(2).await;
    let addr = server.addr();
    let begun = request_bytes("GET", "/wait", &[], b"");
    for round in 0..1_000 {
        match round % 8 {
            0 => assert_eq!(get(addr, "/").await.text(), "page"),
            1 => drop(RawClient::connect(addr).await),
            2 => RawClient::connect(addr).await.reset(),
            // Half a head, a route that waits, a request that is wrong.
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
                // A handshake that is refused, on a connection that stays.
                let mut client = RawClient::connect(addr).await;
                let unknown = [("Upgrade", "other"), ("Connection", "Upgrade")];
                let reply = client.request("GET", "/", &unknown, b"").await;
                assert_eq!(reply.status, 200);
            }
        }
    }
    // There are neither fewer places than before, nor more.
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
async fn clients_that_come_and_go_at_once_are_all_served() {
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
async fn zero_is_no_limit() {
    let server = start(0).await;
    let mut clients = Vec::new();
    for _ in 0..200 {
        let mut client = RawClient::connect(server.addr()).await;
        assert_page(&mut client).await;
        clients.push(client);
    }
}

#[tokio::test]
async fn the_shutdown_does_not_wait_for_clients_without_a_place() {
    let mut server = start(1).await;
    let mut first = RawClient::open(server.addr(), "/ws").await;
    first.ask("hello", "hello").await;
    let mut second = waiting(server.addr()).await;
    server.begin_shutdown();
    first.expect_close(1001, "server shutting down").await;
    drop(first);
    // It was never accepted: the system ends it with the listener.
    assert_eq!(second.expect_gone().await, b"");
    server.shutdown().await.expect("it ends well");
}

#[tokio::test]
async fn the_option_holds_for_every_listener() {
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
