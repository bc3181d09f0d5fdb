//! `max_connections_per_ip`: a connection beyond the limit is closed at once; other addresses are served.

use router::prelude::*;
use router_tests::{Frame, RawClient, Server, request_bytes, within};
use std::net::Ipv4Addr;

const FIRST: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 1);
const SECOND: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

struct Api;

#[websocket(path = "/ws", data = ())]
impl Api {
    #[route(get, "/")]
    fn page(&self) -> &'static str {
        "page"
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        ws.send(text);
    }
}

async fn start(limit: usize) -> Server {
    Server::start(Router::new().mount(Api).max_connections_per_ip(limit)).await
}

async fn connect(server: &Server, from: Ipv4Addr) -> RawClient {
    RawClient::connect_from(from, server.addr()).await
}

async fn assert_page(client: &mut RawClient) {
    let reply = client.request("GET", "/", &[], b"").await;
    assert_eq!((reply.status, reply.text()), (200, "page"));
}

async fn open(server: &Server, from: Ipv4Addr) -> RawClient {
    let mut client = connect(server, from).await;
    assert_eq!(client.handshake("/ws", &[]).await.status, 101);
    client
}

async fn assert_closed_at_once(server: &Server, from: Ipv4Addr) {
    assert_eq!(connect(server, from).await.expect_gone().await, b"");
}

/// Returns whether a new connection is served.
async fn is_served(server: &Server, from: Ipv4Addr) -> bool {
    let mut client = connect(server, from).await;
    let request = request_bytes("GET", "/", &[("Connection", "close")], b"");
    client.takes(&request).await;
    !client.expect_gone().await.is_empty()
}

/// Connects until a connection is served, because the server notices the end of a connection later than its
/// client does.
async fn until_served(server: &Server, from: Ipv4Addr) {
    let served = async { while !is_served(server, from).await {} };
    within("a place to be given back", served).await;
}

#[tokio::test]
async fn a_third_connection_of_an_address_is_closed_and_another_address_is_served() {
    let server = start(2).await;
    let mut first = connect(&server, FIRST).await;
    let mut second = connect(&server, FIRST).await;
    assert_page(&mut first).await;
    assert_page(&mut second).await;

    for _ in 0..20 {
        assert_closed_at_once(&server, FIRST).await;
    }
    let mut other = connect(&server, SECOND).await;
    assert_page(&mut other).await;
    assert_page(&mut first).await;
    assert_page(&mut second).await;
    drop(second);
    until_served(&server, FIRST).await;
}

#[tokio::test]
async fn sockets_count_towards_the_limit() {
    let server = start(2).await;
    let mut first = open(&server, FIRST).await;
    let mut second = open(&server, FIRST).await;
    assert_closed_at_once(&server, FIRST).await;
    first.ask("hello", "hello").await;
    second.ask("hello", "hello").await;
    open(&server, SECOND).await.ask("hello", "hello").await;

    first.send(Frame::close(1000, "")).await;
    first.expect_close(1000, "").await;
    first.expect_end().await;
    // The server waits until the client has closed its side as well.
    drop(first);
    until_served(&server, FIRST).await;
    second.reset();
    until_served(&server, FIRST).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_is_counted_once_while_it_becomes_a_socket() {
    let server = start(1).await;
    for _ in 0..200 {
        let client = within("a place to be given back", async {
            loop {
                let mut client = connect(&server, FIRST).await;
                let handshake = router_tests::upgrade_bytes("/ws", &[]);
                if client.takes(&handshake).await && is_accepted(&mut client).await {
                    return client;
                }
            }
        });
        let mut client = client.await;
        // The limit applies while the connection becomes a socket, and afterwards.
        for _ in 0..3 {
            assert_closed_at_once(&server, FIRST).await;
        }
        client.ask("hello", "hello").await;
    }
}

/// Returns whether the server answers the handshake instead of closing the connection.
async fn is_accepted(client: &mut RawClient) -> bool {
    match client.status_or_end().await {
        Some(status) => {
            assert_eq!(status, 101);
            true
        }
        None => false,
    }
}

#[tokio::test]
async fn two_sockets_at_a_time_fit_a_limit_of_two() {
    // The first socket must be counted only once when the second client connects.
    for _ in 0..50 {
        let server = start(2).await;
        let mut first = open(&server, FIRST).await;
        let mut second = open(&server, FIRST).await;
        first.ask("hello", "hello").await;
        second.ask("hello", "hello").await;
    }
}

#[tokio::test]
async fn places_are_given_back_a_thousand_times() {
    let server = start(2).await;
    let mut kept = connect(&server, FIRST).await;
    assert_page(&mut kept).await;
    for round in 0..1_000 {
        until_served(&server, FIRST).await;
        if round % 10 == 0 {
            let mut other = connect(&server, SECOND).await;
            assert_page(&mut other).await;
        }
    }
    assert_page(&mut kept).await;
    let mut second = within("a place", async {
        loop {
            let mut client = connect(&server, FIRST).await;
            client.takes(&request_bytes("GET", "/", &[], b"")).await;
            if client.status_or_end().await == Some(200) {
                return client;
            }
        }
    })
    .await;
    assert_closed_at_once(&server, FIRST).await;
    assert_page(&mut second).await;
}

#[tokio::test]
async fn without_the_option_one_address_may_have_many_connections() {
    let server = Server::start(Router::new().mount(Api)).await;
    let mut clients = Vec::new();
    for _ in 0..200 {
        let mut client = connect(&server, FIRST).await;
        assert_page(&mut client).await;
        clients.push(client);
    }
}

#[tokio::test]
async fn a_connection_beyond_the_limit_takes_no_place_of_max_connections() {
    let router = Router::new().mount(Api).max_connections(2);
    let server = Server::start(router.max_connections_per_ip(1)).await;
    let mut first = connect(&server, FIRST).await;
    assert_page(&mut first).await;
    for _ in 0..100 {
        assert_closed_at_once(&server, FIRST).await;
    }
    let mut other = connect(&server, SECOND).await;
    assert_page(&mut other).await;
}
