//! The required consequences of every violation of the protocol.

use router::{Router, by_hand::Module};

use crate::{Echo, RawClient, Seen, Server};

/// Asserts that these bytes, sent to a new socket of [`Echo`], end the connection with `code`.
///
/// The Close must have a reason, and nothing may follow it. The server must end the connection, and the
/// `close` handler must receive the same code and reason.
pub async fn assert_violation(bytes: &[u8], code: u16) {
    let (echo, seen) = Echo::new();
    assert_violation_of(echo, seen, bytes, code).await;
}

/// [`assert_violation`] for a module that is mounted at `/` and records `close CODE REASON`.
pub async fn assert_violation_of(module: impl Module, mut seen: Seen, bytes: &[u8], code: u16) {
    let start = &bytes[..bytes.len().min(32)];
    let server = Server::start(Router::new().mount(module)).await;
    let mut client = RawClient::open(server.addr(), "/").await;
    client.write(bytes).await;
    let (found, reason) = client.close().await;
    assert_eq!(found, code, "{reason:?} for the frames {start:02x?}");
    assert!(!reason.is_empty(), "no reason for the frames {start:02x?}");
    client.expect_end().await;
    loop {
        let event = seen.next().await;
        if event.starts_with("close ") {
            assert_eq!(
                event,
                format!("close {code} {reason}"),
                "for the frames {start:02x?}"
            );
            break;
        }
    }
}
