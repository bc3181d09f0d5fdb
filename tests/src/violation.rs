//! What every violation of the protocol must lead to.

use router::{Module, Router};

use crate::{Echo, RawClient, Seen, Server};

/// Asserts that these bytes, sent to a fresh socket of [`Echo`], end the connection with `code`.
///
/// The Close has a reason, nothing comes behind it, the server ends the connection, and the
/// `close` handler gets that code and that reason.
pub async fn assert_violation(bytes: &[u8], code: u16) {
    let (echo, seen) = Echo::new();
    assert_violation_of(echo, seen, bytes, code).await;
}

/// [`assert_violation`] for a module that stands at `/` and notes `close CODE REASON`.
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
