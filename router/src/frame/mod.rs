//! The wire format: the frames of RFC 6455 §5, as a server reads and writes them.
//!
//! | file | is about |
//! |---|---|
//! | `header` | the 2 to 14 bytes before a payload, and the rules for them |
//! | `mask` | removing the client's mask in place |
//! | `utf8` | validating text that arrives in pieces |
//! | `inbound` | assembling messages from frames: fragments, frames split across reads, limits |
//! | `allowance` | how many messages and bytes a client may send per unit of time |
//! | `gathered` | a message that is not contained whole in the read buffer, counted as held memory |
//! | `encode` | encoding messages as frames: once per message, shared by all receivers |
//! | `outgoing` | the types that users can send |
//! | `deflate/` | compressed messages (RFC 7692 §7.2): compressors, inflaters |

mod allowance;
pub(crate) mod deflate;
mod encode;
mod gathered;
mod header;
mod inbound;
mod mask;
mod outgoing;
mod utf8;

pub(crate) use allowance::{Allowance, Bucket};
pub(crate) use deflate::Inflating;
pub(crate) use encode::{Encoded, Head, MAX_CONTROL_PAYLOAD, encoded_frames};
pub(crate) use gathered::Gathered;
pub(crate) use header::Opcode;
pub(crate) use inbound::{Control, Inbound, Incoming, Inflation, Payload, Rules, TURN};
pub(crate) use outgoing::kept;
pub use outgoing::{IntoMessage, Outgoing, compressed};

use crate::memory;
use tungstenite::protocol::frame::coding::CloseCode;

/// Why the server closes a connection, usually because the peer broke a rule: the code and the reason of the
/// Close frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) code: CloseCode,
    pub(crate) reason: &'static str,
}

impl Violation {
    const fn new(code: CloseCode, reason: &'static str) -> Self {
        Self { code, reason }
    }

    pub(crate) const fn protocol(reason: &'static str) -> Self {
        Self::new(CloseCode::Protocol, reason)
    }

    pub(crate) const BAD_TEXT: Self = Self::new(CloseCode::Invalid, "text is not valid UTF-8");

    pub(crate) const BAD_DEFLATE: Self =
        Self::new(CloseCode::Invalid, "compressed data is not valid");

    pub(crate) const EMPTY_FRAGMENTS: Self =
        Self::new(CloseCode::Policy, "too many empty fragments");

    pub(crate) const OUT_OF_MEMORY: Self = Self::new(CloseCode::Again, memory::USED_UP);

    pub(crate) const FLOOD: Self = Self::new(CloseCode::Policy, "rate limit exceeded");

    pub(crate) const INFLATED_TOO_MUCH: Self =
        Self::new(CloseCode::Size, "message exceeds max_inflation_ratio");

    pub(crate) const TOO_BIG: Self =
        Self::new(CloseCode::Size, "message exceeds max_payload_length");
}
