//! The events of a socket, and which of them a module handles.

use super::Fault;

/// What happened at a socket: the words of `#[on(…)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// A client asks to connect (`#[on(upgrade)]`).
    Upgrade,
    /// The connection is there.
    Open,
    /// A text message came.
    Text,
    /// A binary message came.
    Binary,
    /// A Ping came; it is answered already.
    Ping,
    /// A Pong came.
    Pong,
    /// Published messages did not reach this slow client.
    Lagged,
    /// What the kernel had refused has left.
    Drain,
    /// The connection has ended.
    Close,
    /// Another handler failed.
    Error,
}

impl Event {
    /// The word in `#[on(…)]`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Open => "open",
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Ping => "ping",
            Self::Pong => "pong",
            Self::Lagged => "lagged",
            Self::Drain => "drain",
            Self::Close => "close",
            Self::Error => "error",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of events: those that a module has a handler for, and which of these wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Events {
    handled: u16,
    waiting: u16,
}

impl Events {
    /// The empty set.
    pub const NONE: Self = Self {
        handled: 0,
        waiting: 0,
    };

    /// The set with `event` in it, for a plain handler.
    #[must_use]
    pub const fn with(self, event: Event) -> Self {
        Self {
            handled: self.handled | event.bit(),
            waiting: self.waiting & !event.bit(),
        }
    }

    /// The set with `event` in it, for an `async` handler.
    #[must_use]
    pub const fn with_async(self, event: Event) -> Self {
        Self {
            handled: self.handled | event.bit(),
            waiting: self.waiting | event.bit(),
        }
    }

    /// Whether `event` is in the set.
    pub const fn has(self, event: Event) -> bool {
        self.handled & event.bit() != 0
    }

    /// Whether `event` is in the set, for an `async` handler.
    pub const fn is_async(self, event: Event) -> bool {
        self.waiting & event.bit() != 0
    }
}

/// How a handler ended: an error goes to `#[on(error)]`, and the socket stays open.
pub type Outcome = Result<(), Fault>;
