//! The events of a socket, and what glue returns for them.

use super::SocketError;
use std::future::Ready;

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
}

/// A set of events: those that a module has a handler for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Events(u16);

impl Events {
    /// The empty set.
    pub const NONE: Self = Self(0);

    /// The set with `event` in it.
    #[must_use]
    pub const fn with(self, event: Event) -> Self {
        Self(self.0 | 1 << event as u16)
    }

    /// Whether `event` is in the set.
    pub const fn has(self, event: Event) -> bool {
        self.0 & 1 << event as u16 != 0
    }
}

/// How a handler ended: an error goes to `#[on(error)]`, and the socket stays open.
pub type Outcome = Result<(), SocketError>;

/// What a handler's glue returns: done already, or a future to wait for.
///
/// A synchronous handler costs no future, and an idle connection never holds one.
#[derive(Debug)]
pub enum Step<F> {
    /// The handler has run.
    Done(Outcome),
    /// The handler is to be polled.
    Wait(F),
}

impl Step<Ready<Outcome>> {
    /// The handler has run.
    pub fn done(outcome: Outcome) -> Self {
        Self::Done(outcome)
    }
}

impl<F: Future<Output = Outcome>> Step<F> {
    /// The handler is to be polled.
    pub fn wait(future: F) -> Self {
        Self::Wait(future)
    }
}
