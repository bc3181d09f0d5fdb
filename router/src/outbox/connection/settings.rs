//! The settings of a connection.

use crate::{
    frame::Inflation,
    outbox::{Deflation, OnSlow},
};

/// Settings that are fixed when the connection is established.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// `backpressure_limit`.
    pub(crate) limit: u32,
    pub(crate) on_slow: OnSlow,
    pub(crate) publish_to_self: bool,
    /// The position of the subprotocol in the server's list; 0 is none, 1 the first.
    pub(crate) protocol: u8,
    /// The client's window size in bits; 0 if the client takes no compressed messages.
    pub(crate) window: u8,
    /// Whether the connection's own messages may refer to earlier ones (RFC 7692 §7.1.1).
    pub(crate) takeover: bool,
    pub(crate) deflation: Deflation,
    /// How the client's compressed messages are read.
    pub(crate) inflation: Inflation,
}

#[cfg(test)]
impl Settings {
    /// Settings without limits or extensions.
    pub(crate) const PLAIN: Self = Self {
        limit: 0,
        on_slow: OnSlow::Drop,
        publish_to_self: false,
        protocol: 0,
        window: 0,
        takeover: false,
        deflation: Deflation {
            level: 1,
            threshold: 0,
        },
        inflation: Inflation::Refused,
    };
}
