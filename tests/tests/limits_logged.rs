//! Messages in the log when a limit of the server is reached.
//!
//! Each test of this file records the log. A test without a recorder would make `tracing` cache these
//! messages as disabled, for the other tests as well.

use std::time::Instant;

use router::prelude::*;
use router_tests::{Line, Lines, RawClient, Server, request_bytes};
use tracing::Level;

struct Api;

#[routes]
impl Api {
    #[route(get, "/")]
    fn page(&self) -> &'static str {
        "page"
    }
}

async fn served(server: &Server) -> RawClient {
    let mut client = RawClient::connect(server.addr()).await;
    let reply = client.request("GET", "/", &[], b"").await;
    assert_eq!(reply.text(), "page");
    client
}

async fn last_line(lines: &Lines, message: &str) -> Line {
    let mut seen = lines.until(message).await;
    seen.retain(|line| line.message.contains(message));
    seen.pop().expect("it was found")
}

#[tokio::test]
async fn a_head_that_is_too_long_is_logged_at_debug_in_one_short_line() {
    let lines = Lines::record();
    let server = Server::start(Router::new().mount(Api)).await;
    let mut client = RawClient::connect(server.addr()).await;
    let padding = "x".repeat(32 * 1024);
    let target = format!("/{}", "x".repeat(8 * 1024));
    for (target, headers, status, option) in [
        (
            "/",
            &[("X-Padding", padding.as_str())][..],
            "431",
            "max_head",
        ),
        (target.as_str(), &[], "414", "max_uri"),
    ] {
        client.request("GET", target, headers, b"").await;
        let line = last_line(&lines, "a request was refused").await;
        assert_eq!(line.level, Level::DEBUG);
        assert_eq!(line.field("status"), Some(status));
        assert!(line.field("reason").unwrap_or_default().contains(option));
        assert!(line.field("path").unwrap_or_default().chars().count() <= 201);
    }
}

#[tokio::test]
async fn reaching_max_connections_is_logged_once_per_second() {
    let lines = Lines::record();
    let server = Server::start(Router::new().mount(Api).max_connections(1)).await;
    let mut client = served(&server).await;
    let line = last_line(&lines, "`max_connections` is reached").await;
    assert_eq!(line.level, Level::INFO);
    assert_eq!(line.field("limit"), Some("1"));
    let start = Instant::now();
    for _ in 0..50 {
        let mut next = RawClient::connect(server.addr()).await;
        next.write(&request_bytes("GET", "/", &[], b"")).await;
        drop(client);
        assert_eq!(next.reply().await.text(), "page");
        client = next;
    }
    let more = lines.take();
    let more = more.iter().filter(|line| line.level == Level::INFO);
    assert!(more.count() <= 1 + start.elapsed().as_secs() as usize);
}

#[tokio::test]
async fn a_client_with_too_many_connections_is_logged_once_per_second() {
    let lines = Lines::record();
    let router = Router::new().mount(Api).max_connections_per_ip(1);
    let server = Server::start(router).await;
    let _client = served(&server).await;
    let mut refused = RawClient::connect(server.addr()).await;
    assert_eq!(refused.expect_gone().await, b"");
    let line = last_line(&lines, "`max_connections_per_ip` is reached").await;
    assert_eq!(line.level, Level::INFO);
    let remote = refused.local_addr().to_string();
    assert_eq!(line.field("remote"), Some(remote.as_str()));
    assert_eq!(line.field("refused"), Some("1"));
    let start = Instant::now();
    for _ in 0..50 {
        let mut refused = RawClient::connect(server.addr()).await;
        assert_eq!(refused.expect_gone().await, b"");
    }
    let more = lines.take();
    let more = more.iter().filter(|line| line.level == Level::INFO);
    assert!(more.count() <= 1 + start.elapsed().as_secs() as usize);
}
