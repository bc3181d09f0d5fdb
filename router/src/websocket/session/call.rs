//! Which method of the module handles an event or a message.

use super::{
    running::{Running, call},
    session_io::SessionIo,
};
use crate::{
    frame::{Gathered, Incoming, Payload, Violation},
    websocket::{
        Event, Socket, WebSocket,
        handler::{Reception, reception},
    },
};
use tungstenite::protocol::frame::coding::CloseCode;

/// An event that has no input.
#[derive(Clone, Copy)]
pub(super) enum Due {
    Open,
    Lagged(u32),
    Drain,
}

impl Due {
    /// The event that is due when a backlog has been written. `missed` is the number of published
    /// messages that the client missed because of the backlog.
    pub(super) fn drained(missed: u32) -> Self {
        match missed {
            0 => Self::Drain,
            missed => Self::Lagged(missed),
        }
    }

    /// The event that follows immediately, before any message.
    pub(super) fn next(self) -> Option<Self> {
        match self {
            Self::Lagged(_) => Some(Self::Drain),
            Self::Open | Self::Drain => None,
        }
    }
}

/// The module and the socket that a handler is called with.
pub(super) struct Call<'a, M: WebSocket> {
    pub(super) module: &'a M,
    pub(super) socket: &'a mut Socket<M::Data>,
}

impl<'a, M: WebSocket> Call<'a, M> {
    pub(super) fn due(self, due: Due) -> Running<'a> {
        let Self { module, socket } = self;
        match due {
            Due::Open => call!(M, Event::Open, module, open | open_async(socket)),
            Due::Lagged(missed) => {
                let missed = missed.into();
                call!(
                    M,
                    Event::Lagged,
                    module,
                    lagged | lagged_async(socket, missed)
                )
            }
            Due::Drain => call!(M, Event::Drain, module, drain | drain_async(socket)),
        }
    }

    pub(super) fn control(self, event: Event, payload: &'a [u8]) -> Running<'a> {
        let Self { module, socket } = self;
        match event {
            Event::Ping => call!(M, Event::Ping, module, ping | ping_async(socket, payload)),
            _ => call!(M, Event::Pong, module, pong | pong_async(socket, payload)),
        }
    }

    /// Answers `item` if it is a Ping or a Close, and calls the handler of `item` if there is one.
    pub(super) fn receive(
        self,
        io: &mut SessionIo,
        item: Incoming,
        done: &'a [u8],
        gathered: &'a mut Gathered,
    ) -> Option<Running<'a>> {
        let (event, payload) = match item {
            Incoming::Close(range) => {
                io.answer_close(&done[range]);
                return None;
            }
            Incoming::Ping(range) => (io.answer_ping(&done[range.clone()]), &done[range]),
            Incoming::Pong(range) => (Event::Pong, &done[range]),
            // Cannot occur: the caller has already inflated the message.
            Incoming::Compressed { .. } => return None,
            Incoming::Message { text, payload } => {
                let event = if text { Event::Text } else { Event::Binary };
                let payload: &[u8] = match payload {
                    Payload::InPlace(range) => &done[range],
                    Payload::Gathered(bytes) => {
                        *gathered = bytes;
                        gathered
                    }
                };
                return self.message(io, event, payload);
            }
        };
        M::EVENTS.has(event).then(|| self.control(event, payload))
    }

    fn message(self, io: &mut SessionIo, event: Event, payload: &'a [u8]) -> Option<Running<'a>> {
        let Self { module, socket } = self;
        let text = match event {
            Event::Text => match simdutf8::basic::from_utf8(payload) {
                Ok(text) => text,
                Err(_) => {
                    io.refuse(Violation::BAD_TEXT);
                    return None;
                }
            },
            _ => "",
        };
        match reception(M::EVENTS, event) {
            Reception::Ignored => None,
            Reception::Unsupported => {
                io.member.close(CloseCode::Unsupported, UNSUPPORTED);
                None
            }
            Reception::Handled if event == Event::Text => Some(call!(
                M,
                Event::Text,
                module,
                text | text_async(socket, text)
            )),
            Reception::Handled => Some(call!(
                M,
                Event::Binary,
                module,
                binary | binary_async(socket, payload)
            )),
        }
    }
}

const UNSUPPORTED: &str = "this message type is not supported";
