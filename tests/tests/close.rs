//! RFC 6455 §5.5.1 and §7: how a client ends a connection.

use router::prelude::*;
use router_tests::{
    Client, Echo, Frame, RawClient, Seen, Server, assert_violation, opcode, within,
};
use tokio::time::{Duration, Instant, interval, sleep};

async fn echo() -> (Server, Seen) {
    let (echo, seen) = Echo::new();
    (Server::start(Router::new().mount(echo)).await, seen)
}

#[tokio::test]
async fn rfc6455_5_5_1_a_close_is_answered_with_its_code_and_reason() {
    let (server, mut seen) = echo().await;
    for (code, reason) in [
        (1000, "done"),
        (1000, ""),
        (4999, "zz"),
        (3000, "schöne Grüße"),
    ] {
        let mut client = RawClient::open(server.addr(), "/").await;
        client.send(Frame::close(code, reason)).await;
        client.expect_close(code, reason).await;
        seen.expect(&format!("close {code} {reason}")).await;
    }
}

#[tokio::test]
async fn rfc6455_7_1_5_an_empty_close_is_answered_with_an_empty_close_and_reported_as_1005() {
    let (server, mut seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.send(Frame::new(opcode::CLOSE, "")).await;
    client.expect_close(1005, "").await;
    client.expect_end().await;
    seen.expect("close 1005 ").await;
}

#[tokio::test]
async fn rfc6455_7_4_every_code_that_may_be_on_the_wire_is_accepted() {
    let (server, mut seen) = echo().await;
    for code in [
        1000..=1003,
        1007..=1014,
        3000..=3001,
        3999..=4000,
        4999..=4999,
    ]
    .into_iter()
    .flatten()
    {
        let mut client = RawClient::open(server.addr(), "/").await;
        client.send(Frame::close(code, "why")).await;
        client.expect_close(code, "why").await;
        seen.expect(&format!("close {code} why")).await;
    }
}

#[tokio::test]
async fn rfc6455_7_4_a_code_that_must_not_be_on_the_wire_is_1002() {
    for code in [
        0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535,
    ] {
        assert_violation(&Frame::close(code, "").encode(), 1002).await;
        assert_violation(&Frame::close(code, "why").encode(), 1002).await;
    }
}

#[tokio::test]
async fn rfc6455_5_5_1_a_close_with_one_byte_is_1002() {
    assert_violation(&Frame::new(opcode::CLOSE, [3]).encode(), 1002).await;
}

#[tokio::test]
async fn rfc6455_5_5_1_a_reason_that_is_not_utf8_is_1007() {
    for reason in [
        &b"\xFF"[..],
        b"caf\xC3",
        b"\xED\xA0\x80",
        b"ok until \xC0\xAF",
    ] {
        assert_violation(&Frame::close(1000, reason).encode(), 1007).await;
    }
}

#[tokio::test]
async fn rfc6455_5_5_the_longest_reason_is_answered_whole() {
    let (server, mut seen) = echo().await;
    let reason = "r".repeat(123);
    let mut client = RawClient::open(server.addr(), "/").await;
    client.send(Frame::close(1000, &reason)).await;
    client.expect_close(1000, &reason).await;
    seen.expect(&format!("close 1000 {reason}")).await;
}

#[tokio::test]
async fn rfc6455_5_5_1_data_after_a_close_is_ignored() {
    let (server, mut seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let frames = [
        Frame::text("before"),
        Frame::close(1000, "bye"),
        Frame::text("behind"),
        Frame::ping("behind"),
        Frame::close(1001, "again"),
        Frame::text("broken").unmasked(),
    ];
    client.send_all(&frames).await;
    client.expect_text("before").await;
    client.expect_close(1000, "bye").await;
    client.expect_end().await;
    seen.expect("close 1000 bye").await;
    drop(client);
    server.shutdown().await.unwrap();
    seen.assert_silent();
}

#[tokio::test]
async fn rfc6455_7_1_1_the_server_ends_the_tcp_connection_first() {
    let (server, _seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.send(Frame::close(1000, "bye")).await;
    client.expect_close(1000, "bye").await;
    // The client has not ended its side of the connection.
    client.expect_end().await;
}

#[tokio::test]
async fn messages_before_a_close_in_the_same_segment_are_answered_first() {
    let (server, _seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    let mut frames: Vec<Frame> = (0..100).map(|n| Frame::text(n.to_string())).collect();
    frames.push(Frame::close(1000, ""));
    client.send_all(&frames).await;
    for n in 0..100 {
        client.expect_text(&n.to_string()).await;
    }
    client.expect_close(1000, "").await;
}

#[tokio::test]
async fn the_close_handler_runs_once() {
    let (server, mut seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.send(Frame::close(1000, "first")).await;
    client.expect_close(1000, "first").await;
    client.finish().await;
    client.expect_end().await;
    let reason = "by a client of others";
    let mut other = Client::connect(server.addr(), "/").await;
    assert_eq!(other.close(4000, reason).await, (4000, reason.to_owned()));
    other.expect_end().await;
    seen.expect("close 1000 first").await;
    seen.expect("close 4000 by a client of others").await;
    drop((client, other));
    server.shutdown().await.unwrap();
    seen.assert_silent();
}

#[tokio::test]
async fn the_close_of_a_client_that_then_disconnects_is_reported_with_its_code() {
    let (server, mut seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.send(Frame::close(1001, "navigating away")).await;
    drop(client);
    seen.expect("close 1001 navigating away").await;
}

#[tokio::test]
async fn a_client_that_keeps_sending_after_its_close_is_disconnected() {
    let (server, _seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.send(Frame::close(1000, "bye")).await;
    client.expect_close(1000, "bye").await;
    client.expect_end().await;
    // Once the server has closed the connection, the kernel refuses data from the client.
    let refused = async {
        let mut ticks = interval(Duration::from_millis(50));
        while client.takes(&Frame::ping("anybody?").encode()).await {
            ticks.tick().await;
        }
    };
    within("the server to close the connection", refused).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_end_its_side_is_reset_after_five_seconds() {
    let (server, _seen) = echo().await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.send(Frame::close(1000, "bye")).await;
    client.expect_close(1000, "bye").await;
    client.expect_end().await;
    let start = Instant::now();
    // Once the server has closed the connection, the kernel refuses data from the client.
    while client.takes(&Frame::ping("anybody?").encode()).await {
        sleep(Duration::from_millis(100)).await;
    }
    let seconds = start.elapsed().as_secs_f64();
    assert!((5.0..8.0).contains(&seconds), "{seconds}");
}
