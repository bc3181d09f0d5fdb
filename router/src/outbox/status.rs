//! The result of `send`.

/// The result of sending one message.
///
/// *Accepted* ([`Sent`](Self::Sent), [`Queued`](Self::Queued)) means that the message is in the
/// connection's queue and reaches the kernel in order, unless the connection ends first. *Refused*
/// ([`Dropped`](Self::Dropped)) means that no part of the message is ever sent.
///
/// `SendStatus` replaces the number that Bun's `ws.send` returns: `n > 0` is `Sent(n)`, `-1` is `Queued` and
/// `0` is `Dropped`. An empty message is `Sent(0)`, which cannot be mistaken for a dropped one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SendStatus {
    /// Accepted, and the client keeps up. Carries the payload's length in bytes.
    Sent(usize),
    /// Accepted behind a backlog: the kernel refused bytes, and the queue has not been written completely
    /// since then. `#[on(drain)]` reports when it has been.
    Queued {
        /// Bytes that wait for the kernel, including this message and frame headers.
        buffered: usize,
    },
    /// Refused.
    Dropped(DropReason),
}

impl SendStatus {
    /// Whether the message was accepted and the client keeps up.
    ///
    /// # Examples
    ///
    /// Send until the client does not keep up. `#[on(drain)]` calls the function again.
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// fn send_rows(ws: &Socket<()>, rows: &mut impl Iterator<Item = String>) {
    ///     for row in rows {
    ///         if !ws.send(row).is_sent() {
    ///             break;
    ///         }
    ///     }
    /// }
    ///
    /// let (ws, inbox) = Socket::test(());
    /// send_rows(&ws, &mut (1..=3).map(|number| format!("row {number}")));
    /// assert_eq!(inbox.texts(), ["row 1", "row 2", "row 3"]);
    /// ```
    pub fn is_sent(self) -> bool {
        matches!(self, Self::Sent(_))
    }

    /// Whether the message was accepted behind a backlog.
    ///
    /// # Examples
    ///
    /// Tell a client once that its connection is slow:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// #[derive(Default)]
    /// struct Client { is_slow: bool }
    ///
    /// fn update(ws: &mut Socket<Client>, state: &str) {
    ///     if ws.send(state).is_queued() && !ws.data.is_slow {
    ///         ws.data.is_slow = true;
    ///         ws.send("your connection is slow");
    ///     }
    /// }
    ///
    /// let (mut ws, inbox) = Socket::test(Client::default());
    /// update(&mut ws, "state 1");
    /// assert_eq!(inbox.texts(), ["state 1"]);
    /// ```
    pub fn is_queued(self) -> bool {
        matches!(self, Self::Queued { .. })
    }

    /// Whether the message was refused.
    ///
    /// # Examples
    ///
    /// Keep the messages that a client did not receive:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// fn deliver(socket: &Handle, text: &str, unsent: &mut Vec<String>) {
    ///     if socket.send(text).is_dropped() {
    ///         unsent.push(text.to_owned());
    ///     }
    /// }
    ///
    /// let (ws, _inbox) = Socket::test(());
    /// let mut unsent = Vec::new();
    /// deliver(&ws.handle(), "first", &mut unsent);
    /// ws.close(CloseCode::Away, "");
    /// deliver(&ws.handle(), "second", &mut unsent);
    /// assert_eq!(unsent, ["second"]);
    /// ```
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
    /// The connection is closing or closed.
    Closed,
    /// A ping or pong of more than 125 bytes (RFC 6455 §5.5).
    TooLarge,
    /// The value could not be serialized. The reason is logged.
    Unserializable,
}

/// What happens to a message if more than `backpressure_limit` bytes are waiting for its client
/// (`on_slow`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnSlow {
    /// The message is dropped, and the sender is told. The default.
    Drop,
    /// The message is dropped, and the connection is closed with 1013 (try again later) after the
    /// waiting messages have been sent. Bun's `closeOnBackpressureLimit`.
    Close,
    /// The oldest waiting messages that were published to the client are removed to make room for a newly
    /// published one; [`Published::displaced`](crate::Published::displaced) counts them. Messages of `send`
    /// are never displaced and displace nothing. If messages of `send` alone fill the limit, the published
    /// message is dropped.
    DropOldest,
}
