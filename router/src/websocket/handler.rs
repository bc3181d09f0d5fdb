//! A module's socket: the trait that `#[websocket]` implements.

use super::{Event, Events, Options, Outcome, Socket, SocketError};
use crate::app::Module;
use std::future::ready;
use tungstenite::protocol::frame::coding::CloseCode;

/// A module with a socket: its data, its options, its handlers.
///
/// `#[websocket]` implements this; it can be written by hand just as well. Handlers of one socket
/// run one at a time, in order. Each event has two methods: a plain one, which costs no future, and
/// an `async` one for a handler that waits. [`EVENTS`](Self::EVENTS) says which handlers there are,
/// and which of the two is called; the others do nothing. Then,
///
/// - with [`Text`](Event::Text) but not [`Binary`](Event::Binary), a binary message ends the
///   connection with 1003 (unsupported data), and the other way round; with neither, messages are
///   ignored,
/// - without [`Error`](Event::Error), errors are logged.
pub trait WebSocket: Module {
    /// What each connection carries (Bun's `ws.data`).
    type Data: Send + 'static;

    /// How its sockets behave.
    const OPTIONS: Options = Options::DEFAULT;

    /// Which of the methods below are called: `text` for [`with`](Events::with), `text_async` for
    /// [`with_async`](Events::with_async).
    const EVENTS: Events = Events::NONE;

    /// The connection is there.
    fn open(&self, _ws: &mut Socket<Self::Data>) -> Outcome {
        Ok(())
    }

    /// [`open`](Self::open), for a handler that waits.
    fn open_async(&self, _ws: &mut Socket<Self::Data>) -> impl Future<Output = Outcome> + Send {
        ready(Ok(()))
    }

    /// A text message came.
    fn text(&self, _ws: &mut Socket<Self::Data>, _text: &str) -> Outcome {
        Ok(())
    }

    /// [`text`](Self::text), for a handler that waits.
    fn text_async(
        &self,
        _ws: &mut Socket<Self::Data>,
        _text: &str,
    ) -> impl Future<Output = Outcome> + Send {
        ready(Ok(()))
    }

    /// A binary message came.
    fn binary(&self, _ws: &mut Socket<Self::Data>, _bytes: &[u8]) -> Outcome {
        Ok(())
    }

    /// [`binary`](Self::binary), for a handler that waits.
    fn binary_async(
        &self,
        _ws: &mut Socket<Self::Data>,
        _bytes: &[u8],
    ) -> impl Future<Output = Outcome> + Send {
        ready(Ok(()))
    }

    /// A Ping came; the Pong is on its way already.
    fn ping(&self, _ws: &mut Socket<Self::Data>, _payload: &[u8]) -> Outcome {
        Ok(())
    }

    /// [`ping`](Self::ping), for a handler that waits.
    fn ping_async(
        &self,
        _ws: &mut Socket<Self::Data>,
        _payload: &[u8],
    ) -> impl Future<Output = Outcome> + Send {
        ready(Ok(()))
    }

    /// A Pong came, asked for or not.
    fn pong(&self, _ws: &mut Socket<Self::Data>, _payload: &[u8]) -> Outcome {
        Ok(())
    }

    /// [`pong`](Self::pong), for a handler that waits.
    fn pong_async(
        &self,
        _ws: &mut Socket<Self::Data>,
        _payload: &[u8],
    ) -> impl Future<Output = Outcome> + Send {
        ready(Ok(()))
    }

    /// The client was too slow for what was published: `missed` messages were dropped or displaced
    /// ([`OnSlow`](crate::OnSlow)). Once for each backlog, when it has left, before
    /// [`drain`](Self::drain) and before the next message; not for a connection that ends with it.
    fn lagged(&self, _ws: &mut Socket<Self::Data>, _missed: u64) -> Outcome {
        Ok(())
    }

    /// [`lagged`](Self::lagged), for a handler that waits.
    fn lagged_async(
        &self,
        _ws: &mut Socket<Self::Data>,
        _missed: u64,
    ) -> impl Future<Output = Outcome> + Send {
        ready(Ok(()))
    }

    /// A backlog has left: once for each time that sending met resistance.
    fn drain(&self, _ws: &mut Socket<Self::Data>) -> Outcome {
        Ok(())
    }

    /// [`drain`](Self::drain), for a handler that waits.
    fn drain_async(&self, _ws: &mut Socket<Self::Data>) -> impl Future<Output = Outcome> + Send {
        ready(Ok(()))
    }

    /// The connection has ended. Called once for each connection that `open` was called for.
    ///
    /// The data is intact, subscriptions are gone and not counted any more, sends are refused;
    /// publishing works. The code is the one that ended the connection: the client's, the one that
    /// was sent to it, or 1006 if it just went away. The reason is the client's text: in a log, write
    /// it as `{reason:?}`, so that it cannot forge lines.
    fn close(&self, _ws: &mut Socket<Self::Data>, _code: CloseCode, _reason: &str) -> Outcome {
        Ok(())
    }

    /// [`close`](Self::close), for a handler that waits.
    fn close_async(
        &self,
        _ws: &mut Socket<Self::Data>,
        _code: CloseCode,
        _reason: &str,
    ) -> impl Future<Output = Outcome> + Send {
        ready(Ok(()))
    }

    /// Another handler failed, or a message could not be decoded for it.
    fn error(&self, _ws: &mut Socket<Self::Data>, _error: SocketError) -> Outcome {
        Ok(())
    }

    /// [`error`](Self::error), for a handler that waits.
    fn error_async(
        &self,
        _ws: &mut Socket<Self::Data>,
        _error: SocketError,
    ) -> impl Future<Output = Outcome> + Send {
        ready(Ok(()))
    }
}

/// What a message of one kind meets in a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reception {
    Handled,
    Ignored,
    /// Messages are handled, but not this kind: 1003.
    Unsupported,
}

pub(crate) const fn reception(events: Events, kind: Event) -> Reception {
    if events.has(kind) {
        Reception::Handled
    } else if events.has(Event::Text) || events.has(Event::Binary) {
        Reception::Unsupported
    } else {
        Reception::Ignored
    }
}
