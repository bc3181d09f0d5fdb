//! The warning that `Router::memory_limit` is reached. It is logged at most once per second and process, so
//! this test has a process of its own.

use router::prelude::*;
use router_tests::{Frame, Lines, RawClient, Server};
use tracing::Level;

const MIB: usize = 1024 * 1024;

/// In bytes.
const MEMORY_LIMIT: usize = 16 * MIB;

struct Target;

#[websocket(path = "/", data = (), backpressure_limit = 0)]
impl Target {
    #[on(text)]
    fn text(&self, ws: &mut Socket<()>, _text: &str) {
        for _ in 0..40 {
            ws.send(vec![0; MIB]);
        }
    }
}

#[tokio::test]
async fn the_warning_states_the_bytes_held_and_the_number_of_closed_sockets() {
    let lines = Lines::record();
    let server = Server::start(Router::new().mount(Target).memory_limit(MEMORY_LIMIT)).await;
    let mut client = RawClient::open_narrow(server.addr(), "/").await;
    client.send(Frame::text("much")).await;
    let seen = lines.until("the memory limit is reached").await;
    let line = seen.last().expect("the warning was logged");
    assert_eq!(line.level, Level::WARN);
    assert_eq!(line.field("limit"), Some(MEMORY_LIMIT.to_string().as_str()));
    assert_eq!(line.field("sockets"), Some("1"));
    let held: usize = line
        .field("held")
        .and_then(|held| held.parse().ok())
        .unwrap_or(0);
    assert!(held > MEMORY_LIMIT, "{held}");
}
