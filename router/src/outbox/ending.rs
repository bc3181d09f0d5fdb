//! How a connection ends, for those who ask.

use std::sync::Arc;
use tokio::sync::Notify;
use tungstenite::protocol::frame::coding::CloseCode;

/// What ended a connection: what its `close` handler is told.
#[derive(Debug, Clone)]
pub(crate) struct Ending {
    pub(crate) code: CloseCode,
    pub(crate) reason: Box<str>,
}

impl Ending {
    pub(crate) fn new(code: CloseCode, reason: &str) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }
}

/// The peer, or the system, ended it without a word (RFC 6455 §7.1.5: 1006).
impl Default for Ending {
    fn default() -> Self {
        Self::new(CloseCode::Abnormal, "")
    }
}

/// What those wait for who want to know of the end.
pub(super) type Ended = Arc<Notify>;
