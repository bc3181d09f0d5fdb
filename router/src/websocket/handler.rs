//! A module's socket: the trait that `#[websocket]` implements.

use super::{Event, Events, HandlerResult, Options, Socket, SocketError};
use crate::app::Module;
use std::future::ready;
use tungstenite::protocol::frame::coding::CloseCode;

/// A module with a WebSocket: its data, its options, its handlers.
///
/// `#[websocket]` implements this trait; it can also be implemented by hand. The handlers of one socket
/// run one at a time, in order. Each event has two methods: a synchronous one, which creates no future,
/// and an `async` one. [`EVENTS`](Self::EVENTS) lists the handled events and selects the method to call
/// for each; the other methods are not called. Events without a handler are treated as follows:
///
/// - if only one of [`Text`](Event::Text) and [`Binary`](Event::Binary) has a handler, a message of the
///   other kind ends the connection with 1003 (unsupported data); if neither has a handler, messages are
///   ignored,
/// - if [`Error`](Event::Error) has no handler, errors are logged.
pub trait WebSocket: Module {
    /// The data of each connection (Bun's `ws.data`).
    type Data: Send + 'static;

    /// The options of the module's sockets.
    const OPTIONS: Options = Options::DEFAULT;

    /// The handled events. For an event added by [`with`](Events::with), the synchronous method is called,
    /// such as `text`. For an event added by [`with_async`](Events::with_async), the `async` method is
    /// called, such as `text_async`.
    const EVENTS: Events = Events::NONE;

    /// Called when the connection is open.
    fn open(&self, _ws: &mut Socket<Self::Data>) -> HandlerResult {
        Ok(())
    }

    /// The `async` form of [`open`](Self::open).
    fn open_async(
        &self,
        _ws: &mut Socket<Self::Data>,
    ) -> impl Future<Output = HandlerResult> + Send {
        ready(Ok(()))
    }

    /// Called when a text message is received.
    fn text(&self, _ws: &mut Socket<Self::Data>, _text: &str) -> HandlerResult {
        Ok(())
    }

    /// The `async` form of [`text`](Self::text).
    fn text_async(
        &self,
        _ws: &mut Socket<Self::Data>,
        _text: &str,
    ) -> impl Future<Output = HandlerResult> + Send {
        ready(Ok(()))
    }

    /// Called when a binary message is received.
    fn binary(&self, _ws: &mut Socket<Self::Data>, _bytes: &[u8]) -> HandlerResult {
        Ok(())
    }

    /// The `async` form of [`binary`](Self::binary).
    fn binary_async(
        &self,
        _ws: &mut Socket<Self::Data>,
        _bytes: &[u8],
    ) -> impl Future<Output = HandlerResult> + Send {
        ready(Ok(()))
    }

    /// Called when a Ping is received; the Pong has already been queued.
    fn ping(&self, _ws: &mut Socket<Self::Data>, _payload: &[u8]) -> HandlerResult {
        Ok(())
    }

    /// The `async` form of [`ping`](Self::ping).
    fn ping_async(
        &self,
        _ws: &mut Socket<Self::Data>,
        _payload: &[u8],
    ) -> impl Future<Output = HandlerResult> + Send {
        ready(Ok(()))
    }

    /// Called when a Pong is received, whether or not a Ping was sent.
    fn pong(&self, _ws: &mut Socket<Self::Data>, _payload: &[u8]) -> HandlerResult {
        Ok(())
    }

    /// The `async` form of [`pong`](Self::pong).
    fn pong_async(
        &self,
        _ws: &mut Socket<Self::Data>,
        _payload: &[u8],
    ) -> impl Future<Output = HandlerResult> + Send {
        ready(Ok(()))
    }

    /// Called when a client that was too slow has caught up: `missed` published messages were dropped or
    /// displaced ([`OnSlow`](crate::OnSlow)).
    ///
    /// Called once per backlog, when the backlog has been sent, before [`drain`](Self::drain) and before
    /// the next message. Not called if the connection ends before the backlog has been sent.
    fn lagged(&self, _ws: &mut Socket<Self::Data>, _missed: u64) -> HandlerResult {
        Ok(())
    }

    /// The `async` form of [`lagged`](Self::lagged).
    fn lagged_async(
        &self,
        _ws: &mut Socket<Self::Data>,
        _missed: u64,
    ) -> impl Future<Output = HandlerResult> + Send {
        ready(Ok(()))
    }

    /// Called when a backlog has been sent: once for each time that the client could not keep up.
    fn drain(&self, _ws: &mut Socket<Self::Data>) -> HandlerResult {
        Ok(())
    }

    /// The `async` form of [`drain`](Self::drain).
    fn drain_async(
        &self,
        _ws: &mut Socket<Self::Data>,
    ) -> impl Future<Output = HandlerResult> + Send {
        ready(Ok(()))
    }

    /// Called when the connection has ended, once for each connection for which `open` was called.
    ///
    /// The data is intact. The subscriptions have been removed and are no longer counted. Sends are
    /// rejected; publishing works. The code is the code that ended the connection: the client's, the code
    /// that was sent to the client, or 1006 if the connection was lost. The reason may be the client's
    /// text: in a log, write it as `{reason:?}`, so that it cannot forge lines.
    fn close(
        &self,
        _ws: &mut Socket<Self::Data>,
        _code: CloseCode,
        _reason: &str,
    ) -> HandlerResult {
        Ok(())
    }

    /// The `async` form of [`close`](Self::close).
    fn close_async(
        &self,
        _ws: &mut Socket<Self::Data>,
        _code: CloseCode,
        _reason: &str,
    ) -> impl Future<Output = HandlerResult> + Send {
        ready(Ok(()))
    }

    /// Called when another handler has failed, or when a message could not be decoded for its handler.
    fn error(&self, _ws: &mut Socket<Self::Data>, _error: SocketError) -> HandlerResult {
        Ok(())
    }

    /// The `async` form of [`error`](Self::error).
    fn error_async(
        &self,
        _ws: &mut Socket<Self::Data>,
        _error: SocketError,
    ) -> impl Future<Output = HandlerResult> + Send {
        ready(Ok(()))
    }
}

/// How a module treats messages of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reception {
    Handled,
    Ignored,
    /// Only messages of the other kind are handled: the connection ends with 1003.
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
