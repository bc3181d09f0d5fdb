//! How a connection ended, and the notification of its end.

use std::sync::Arc;
use tokio::sync::Notify;
use tungstenite::protocol::frame::coding::CloseCode;

/// Why a connection ended: the code and the reason that its `close` handler receives.
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

/// The peer or the system ended the connection without a Close frame (RFC 6455 §7.1.5: 1006).
impl Default for Ending {
    fn default() -> Self {
        Self::new(CloseCode::Abnormal, "")
    }
}

/// Notified when the connection has ended.
pub(super) type Ended = Arc<Notify>;
