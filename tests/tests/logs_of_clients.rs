//! Log lines that contain values from clients: each is one short line, and at most one line per second has a
//! level above debug.
//!
//! Each test of this file records the log. A test without a recorder would make `tracing` cache these
//! messages as disabled, for the other tests as well.

use router::{Listener, prelude::*};
use router_tests::{Line, Lines, RawClient, Server, get, request, within};
use serde::{Serialize, Serializer, ser::Error};
use std::{
    future::pending,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{io::DuplexStream, sync::Notify};
use tracing::Level;

/// A value that cannot be serialized. The error quotes the contained text, which comes from a client.
struct Refused(String);

impl Serialize for Refused {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom(format!("no {}", self.0)))
    }
}

/// A client's text with a line break and an escape sequence.
const FORGED: &str = "x\nERROR forged\u{1b}[2J";

struct Api;

#[websocket(path = "/ws", data = (), origins = ["*"])]
impl Api {
    #[route(get, "/page")]
    fn page(&self) -> &'static str {
        "page"
    }

    #[route(get, "/redirect/{to}")]
    fn redirect(&self, to: String) -> Redirect {
        Redirect::to(to)
    }

    #[route(get, "/header/{value}")]
    fn header(&self, value: String) -> ([(&'static str, String); 1], &'static str) {
        ([("x-value", value)], "page")
    }

    #[route(get, "/json/{value}")]
    fn json(&self, value: String) -> Json<Refused> {
        Json(Refused(value))
    }

    #[route(get, "/upgrade/{value}")]
    fn upgrade(&self, value: String, upgrade: Upgrade<Self>) -> Response {
        upgrade.header("x-value", value).accept(())
    }

    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, text: &str) {
        match text.parse::<u16>() {
            Ok(code) => ws.close(CloseCode::from(code), ""),
            Err(_) => {
                ws.send(Json(Refused(text.to_owned())));
                ws.send("done");
            }
        }
    }
}

async fn server() -> Server {
    Server::start(Router::new().mount(Api)).await
}

/// Asserts that `count` lines with this message were logged: the first at `level`, and the others at debug
/// level unless nearly a second has passed since `since`. Returns the first line.
fn assert_seldom(lines: &Lines, since: Instant, message: &str, count: usize, level: Level) -> Line {
    let mut found = lines.take();
    found.retain(|line| line.message.contains(message));
    assert_eq!(found.len(), count, "{found:?}");
    for line in &found {
        for (_, value) in &line.fields {
            assert!(!value.contains(['\n', '\u{1b}']), "{line:?}");
            assert!(value.chars().count() <= 201, "{line:?}");
        }
    }
    if since.elapsed() < Duration::from_millis(900) {
        let rest = found[1..].iter();
        let loud: Vec<_> = rest.filter(|line| line.level != Level::DEBUG).collect();
        assert!(loud.is_empty(), "{loud:?}");
    }
    let first = found.swap_remove(0);
    assert_eq!(first.level, level);
    first
}

#[tokio::test]
async fn a_value_of_a_client_that_breaks_a_response_is_an_error_once_per_second() {
    let lines = Lines::record();
    let server = server().await;
    for (path, message) in [
        ("/redirect/a%0Ab", "a redirect was not sent"),
        ("/header/a%0Ab", "a response was not sent"),
    ] {
        lines.take();
        let start = Instant::now();
        for _ in 0..5 {
            assert_eq!(get(server.addr(), path).await.status, 500);
        }
        assert_seldom(&lines, start, message, 5, Level::ERROR);
    }
    lines.take();
    let start = Instant::now();
    for _ in 0..5 {
        let mut client = RawClient::connect(server.addr()).await;
        let reply = client.handshake("/upgrade/a%0Ab", &[]).await;
        assert_eq!(reply.status, 500);
    }
    assert_seldom(&lines, start, "an upgrade was refused", 5, Level::ERROR);
}

#[tokio::test]
async fn a_value_that_cannot_be_serialized_is_one_short_line() {
    let lines = Lines::record();
    let server = server().await;
    let long = format!("/json/{}%0Ab", "x".repeat(1_000));
    let start = Instant::now();
    for path in [long.as_str(), "/json/x%0AERROR%1B[2J"] {
        assert_eq!(get(server.addr(), path).await.status, 500);
    }
    let message = "a response could not be serialized";
    let line = assert_seldom(&lines, start, message, 2, Level::ERROR);
    assert!(line.field("error").unwrap().starts_with("no xxx"));

    let start = Instant::now();
    let mut client = RawClient::open(server.addr(), "/ws").await;
    for _ in 0..5 {
        client.ask(FORGED, "done").await;
    }
    let message = "a message could not be serialized";
    let line = assert_seldom(&lines, start, message, 5, Level::ERROR);
    assert_eq!(
        line.field("error"),
        Some("no x\\nERROR forged\\u{1b}[2J"),
        "{line:?}"
    );
}

#[tokio::test]
async fn an_invalid_close_code_of_a_client_is_a_warning_once_per_second() {
    let lines = Lines::record();
    let server = server().await;
    let start = Instant::now();
    for _ in 0..5 {
        let mut client = RawClient::open(server.addr(), "/ws").await;
        client.send(router_tests::Frame::text("1006")).await;
        client.expect_close(1011, "").await;
    }
    let line = assert_seldom(&lines, start, "close code", 5, Level::WARN);
    assert_eq!(line.field("code"), Some("1006"));
}

#[tokio::test]
async fn a_long_method_is_cut() {
    let lines = Lines::record();
    let server = server().await;
    let method = "X".repeat(5_000);
    // A method that no route has, and a request that is refused before its method is checked.
    for (headers, status) in [(&[][..], 405), (&[("Host", "other")], 400)] {
        lines.take();
        let reply = request(server.addr(), &method, "/page", headers, b"").await;
        assert_eq!(reply.status, status);
        let found = lines.take();
        let line = found.iter().find(|line| line.field("method").is_some());
        let line = line.expect("it is logged");
        assert_eq!(line.level, Level::DEBUG);
        assert_eq!(line.field("method").unwrap().chars().count(), 201);
    }
}

/// A listener that fails every second time. Other listeners do so at the limit of file descriptors, while
/// clients connect and disconnect.
struct Failing {
    fails: bool,
    /// The number of connections that the listener will still accept.
    left: u32,
    /// Notified when `left` is zero.
    done: Arc<Notify>,
}

impl Listener for Failing {
    type Io = DuplexStream;

    async fn accept(&mut self) -> io::Result<(DuplexStream, SocketAddr)> {
        if self.left == 0 {
            self.done.notify_one();
            pending::<()>().await;
        }
        self.fails = !self.fails;
        if self.fails {
            return Err(io::Error::other("too many open files"));
        }
        self.left -= 1;
        Ok((tokio::io::duplex(1).1, self.local_addr()?))
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok((Ipv4Addr::LOCALHOST, 1).into())
    }
}

#[tokio::test]
async fn failures_to_accept_at_a_limit_of_the_system_are_an_error_once_per_second() {
    let lines = Lines::record();
    let start = Instant::now();
    let listener = Failing {
        fails: false,
        left: 50,
        done: Arc::default(),
    };
    let done = listener.done.clone();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let router = Router::new().mount(Api).shutdown_when(async move {
        let _ = stopped.await;
    });
    let server = tokio::spawn(router.serve_listener(listener));
    within("the last client", done.notified()).await;
    let _ = stop.send(());
    let ended = within("the server to stop", server).await;
    ended.expect("it does not panic").expect("it stops");
    let mut found = lines.take();
    found.retain(|line| line.message.contains("cannot accept connections"));
    let most = 1 + start.elapsed().as_secs() as usize;
    assert!((1..=most).contains(&found.len()), "{found:?}");
}
