//! What `send` reports.

/// What became of a message, exactly.
///
/// *Accepted* ([`Sent`](Self::Sent), [`Queued`](Self::Queued)) means: it stands in the connection's
/// queue and reaches the kernel in order, unless the connection dies first. *Refused*
/// ([`Dropped`](Self::Dropped)) means: nothing of it is ever sent.
///
/// This is Bun's number, made exact: its `n > 0` is `Sent(n)`, its `-1` is `Queued`, its `0`
/// is `Dropped`; and an empty message is `Sent(0)`, not mistaken for a dropped one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SendStatus {
    /// Accepted, and the client keeps up. Carries the payload's length in bytes.
    Sent(usize),
    /// Accepted behind a backlog: the kernel refused bytes, and they have not all left yet.
    /// `#[on(drain)]` tells when they have.
    Queued {
        /// Bytes that wait for the kernel, this message and frame headers included.
        buffered: usize,
    },
    /// Refused.
    Dropped(DropReason),
}

impl SendStatus {
    /// Whether the message was accepted and the client keeps up.
    pub fn is_sent(self) -> bool {
        matches!(self, Self::Sent(_))
    }

    /// Whether the message was accepted behind a backlog.
    pub fn is_queued(self) -> bool {
        matches!(self, Self::Queued { .. })
    }

    /// Whether the message was refused.
    pub fn is_dropped(self) -> bool {
        matches!(self, Self::Dropped(_))
    }
}

/// Why a message was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// More than `backpressure_limit` bytes were waiting already.
    Backpressure,
    /// The connection is closing or gone.
    Closed,
    /// A ping or pong of more than 125 bytes (RFC 6455 §5.5).
    TooLarge,
    /// The value could not be serialized; the log says why.
    Unserializable,
}

/// What happens when a message meets a client that has more than `backpressure_limit` waiting
/// (`on_slow`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnSlow {
    /// The message is dropped, and whoever sent it is told. The default.
    Drop,
    /// It is dropped, and the connection ends: what waits is sent, then 1013 (try again later).
    /// The seed's `closeOnBackpressureLimit`.
    Close,
    /// Of what was published to the client and waits, the oldest makes room for what is published
    /// now; [`Published::displaced`](crate::Published::displaced) counts it. Messages of `send`
    /// are never displaced and displace nothing; where they alone fill the limit, what is
    /// published is dropped.
    DropOldest,
}
