//! The events of a socket, and which of them a module handles.

use super::HandlerError;

/// An event of a socket.
///
/// The variants have the names of the events of `#[on(…)]`. The event `message` has no variant: a handler
/// `#[on(message)]` handles both [`Text`](Self::Text) and [`Binary`](Self::Binary).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// A client asks to connect (`#[on(upgrade)]`).
    Upgrade,
    /// The connection is open.
    Open,
    /// A text message was received.
    Text,
    /// A binary message was received.
    Binary,
    /// A Ping was received, and has already been answered.
    Ping,
    /// A Pong was received.
    Pong,
    /// Published messages were dropped because the client was too slow.
    Lagged,
    /// The backlog, which is the data that waited for a slow client, has been sent.
    Drain,
    /// The connection has ended.
    Close,
    /// Another handler failed, or a message could not be decoded.
    Error,
}

impl Event {
    /// The event's name in `#[on(…)]`.
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

/// The events that a module handles, and which of their handlers are `async`.
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

    /// Returns the set with `event` added, for a synchronous handler.
    #[must_use]
    pub const fn with(self, event: Event) -> Self {
        Self {
            handled: self.handled | event.bit(),
            waiting: self.waiting & !event.bit(),
        }
    }

    /// Returns the set with `event` added, for an `async` handler.
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

    /// Whether `event` is in the set with an `async` handler.
    pub const fn is_async(self, event: Event) -> bool {
        self.waiting & event.bit() != 0
    }
}

/// The result of a handler. An error is passed to `#[on(error)]`, and the socket stays open.
pub type HandlerResult = Result<(), HandlerError>;
