//! A module's socket: the trait that `#[websocket]` implements.

use super::{Event, Events, Options, Outcome, Socket, SocketError, Step};
use crate::app::Module;
use std::future::Ready;
use tungstenite::protocol::frame::coding::CloseCode;

/// A module with a socket: its data, its options, its handlers.
///
/// `#[websocket]` implements this; it can be written by hand just as well. Handlers of one socket
/// run one at a time, in order. A method that isn't overridden does nothing, and its event must
/// not be named in [`EVENTS`](Self::EVENTS), which says which handlers there are:
///
/// - with [`Text`](Event::Text) but not [`Binary`](Event::Binary), a binary message ends the
///   connection with 1003 (unsupported data), and the other way round; with neither, messages are
///   ignored,
/// - without [`Error`](Event::Error), errors are logged.
pub trait WebSocket: Module {
    /// What each connection carries (the seed's `ws.data`).
    type Data: Send + 'static;

    /// How its sockets behave.
    const OPTIONS: Options = Options::DEFAULT;

    /// Which of the methods below are there.
    const EVENTS: Events = Events::NONE;

    /// The connection is there.
    fn open<'a>(
        &'a self,
        _ws: &'a mut Socket<Self::Data>,
    ) -> Step<impl Future<Output = Outcome> + Send + 'a> {
        nothing()
    }

    /// A text message came.
    fn text<'a>(
        &'a self,
        _ws: &'a mut Socket<Self::Data>,
        _text: &'a str,
    ) -> Step<impl Future<Output = Outcome> + Send + 'a> {
        nothing()
    }

    /// A binary message came.
    fn binary<'a>(
        &'a self,
        _ws: &'a mut Socket<Self::Data>,
        _bytes: &'a [u8],
    ) -> Step<impl Future<Output = Outcome> + Send + 'a> {
        nothing()
    }

    /// A Ping came; the Pong is on its way already.
    fn ping<'a>(
        &'a self,
        _ws: &'a mut Socket<Self::Data>,
        _payload: &'a [u8],
    ) -> Step<impl Future<Output = Outcome> + Send + 'a> {
        nothing()
    }

    /// A Pong came, asked for or not.
    fn pong<'a>(
        &'a self,
        _ws: &'a mut Socket<Self::Data>,
        _payload: &'a [u8],
    ) -> Step<impl Future<Output = Outcome> + Send + 'a> {
        nothing()
    }

    /// The client was too slow for what was published: `missed` messages were dropped or displaced
    /// ([`OnSlow`](crate::OnSlow)). Once for each backlog, when it has left, before
    /// [`drain`](Self::drain) and before the next message; not for a connection that ends with it.
    fn lagged<'a>(
        &'a self,
        _ws: &'a mut Socket<Self::Data>,
        _missed: u64,
    ) -> Step<impl Future<Output = Outcome> + Send + 'a> {
        nothing()
    }

    /// A backlog has left: once for each time that sending met resistance.
    fn drain<'a>(
        &'a self,
        _ws: &'a mut Socket<Self::Data>,
    ) -> Step<impl Future<Output = Outcome> + Send + 'a> {
        nothing()
    }

    /// The connection has ended. Called once for each connection that `open` was called for.
    ///
    /// The data is intact, subscriptions are gone and not counted any more, sends are refused;
    /// publishing works. The code is the one that ended the connection: the client's, the one that
    /// was sent to it, or 1006 if it just went away.
    fn close<'a>(
        &'a self,
        _ws: &'a mut Socket<Self::Data>,
        _code: CloseCode,
        _reason: &'a str,
    ) -> Step<impl Future<Output = Outcome> + Send + 'a> {
        nothing()
    }

    /// Another handler failed, or a message could not be decoded for it.
    fn error<'a>(
        &'a self,
        _ws: &'a mut Socket<Self::Data>,
        _error: SocketError,
    ) -> Step<impl Future<Output = Outcome> + Send + 'a> {
        nothing()
    }
}

fn nothing() -> Step<Ready<Outcome>> {
    Step::Done(Ok(()))
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
