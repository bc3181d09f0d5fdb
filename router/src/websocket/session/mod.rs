//! The driver of a connection: one task, one waker, no timer and no channel.
//!
//! ```text
//! readable → one read into the thread's buffer → messages, in place → the handler → the outbox
//!          → end of the batch, or a handler waits: one write
//! ```
//!
//! | file | is about |
//! |---|---|
//! | `line` | the connection's side: reading, control frames, time |
//! | `attend` | waiting for a handler, while the rest of the connection goes on |
//! | `flood` | clients that send more than `rate_limit` and `byte_rate` admit |
//! | `inflate` | compressed messages |
//! | `linger` | seeing a connection out |
//! | `running` | calling a handler, catching its panic |
//! | `spent` | when others have their turn |
//! | `buffer` | the thread's read buffer |

mod attend;
mod buffer;
mod flood;
mod inflate;
mod line;
mod linger;
mod running;
mod spent;

use super::{
    Event, Socket, WebSocket,
    endpoint::Seat,
    handler::{Reception, reception},
};
use crate::{
    frame::{Gathered, Item, Payload, Violation},
    hub::{Member, in_batch},
    memory::Charge,
    outbox::{Settings, SocketId, Transport},
};
use attend::Ahead;
use buffer::Buffer;
use line::{Line, Turn};
use running::{Handled, Running, call};
use spent::Spent;
use std::{
    future::poll_fn,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
};
use tokio::task::yield_now;
use tungstenite::protocol::frame::coding::CloseCode;

/// A connection whose handshake is done.
pub(super) struct Start<M: WebSocket> {
    pub(super) module: Arc<M>,
    pub(super) seat: Seat,
    pub(super) transport: Transport,
    pub(super) remote: SocketAddr,
    pub(super) settings: Settings,
    pub(super) data: M::Data,
    /// What came behind the request.
    pub(super) early: Vec<u8>,
}

/// Gives the connection its task.
pub(super) fn spawn<M: WebSocket>(start: Start<M>) {
    tokio::spawn(session(start));
}

/// The session as a future. The driver is captured, not an argument of an `async fn`, which would
/// hold it twice.
fn session<M: WebSocket>(start: Start<M>) -> impl Future<Output = ()> + Send {
    let Start {
        module,
        seat,
        transport,
        remote,
        settings,
        data,
        early,
    } = start;
    let member = Arc::new(Member::new(transport, remote, settings));
    let mut driver = Driver {
        module,
        socket: Socket::new(data, member.clone(), seat.endpoint().clone()),
        line: Line::new(member, seat, M::EVENTS, early),
    };
    async move { driver.run().await }
}

struct Driver<M: WebSocket> {
    module: Arc<M>,
    socket: Socket<M::Data>,
    line: Line,
}

impl<M: WebSocket> Driver<M> {
    /// All that user code has a part in is boxed, so that an idle connection has no room for it:
    /// one allocation a read, whatever it brought.
    async fn run(&mut self) {
        if M::EVENTS.has(Event::Open) || self.line.inbound.spilled() > 0 {
            boxed(self.id(), self.event(Due::Open)).await;
        }
        while self.line.is_open() {
            match self.line.turn().await {
                Turn::Input(buffer) => boxed(self.id(), self.input(buffer)).await,
                Turn::Drain { missed } => boxed(self.id(), self.event(Due::drained(missed))).await,
                Turn::Ended => {}
            }
        }
        self.line.end();
        if M::EVENTS.has(Event::Close) {
            boxed(self.id(), self.close()).await;
        }
        boxed(self.id(), self.line.linger()).await;
    }

    fn id(&self) -> SocketId {
        self.line.member.id()
    }

    /// Runs the handler of an event that brings no input. What was read before, and not used,
    /// lies behind it: the handler may wait, and more be read.
    async fn event(&mut self, due: Due) {
        let mut spill = self.line.inbound.take_spill();
        let _held = Charge::new(spill.capacity());
        let more = self.messages(Some(due), &mut spill).await;
        self.rest(more).await;
    }

    async fn input(&mut self, mut buffer: Buffer) {
        let more = {
            let mut messages = pin!(self.messages(None, &mut buffer));
            // While a handler waits, the buffer is kept from other connections.
            let mut held = None;
            poll_fn(|cx| {
                let poll = messages.as_mut().poll(cx);
                if poll.is_pending() {
                    held.get_or_insert_with(|| Charge::new(buffer::SIZE));
                }
                poll
            })
            .await
        };
        drop(buffer);
        self.rest(more).await;
    }

    async fn close(&mut self) {
        let ending = self.line.member.ending();
        let (socket, reason) = (&mut self.socket, &*ending.reason);
        let running = call!(
            Event::Close,
            self.module,
            close | close_async(socket, ending.code, reason)
        );
        let ahead = &mut Ahead {
            in_close: true,
            ..Ahead::default()
        };
        let outcome = self.line.attend(running, ahead).await;
        self.settle(outcome, ahead).await;
    }

    /// Takes what was read while handlers waited, or the client had to; then writes.
    async fn rest(&mut self, mut more: Vec<u8>) {
        loop {
            while let Some(until) = self.line.paused_until() {
                let _held = Charge::new(more.capacity());
                self.line.report_memory(more.capacity());
                let Some(missed) = self.line.pause(until).await else {
                    break;
                };
                self.messages(Some(Due::drained(missed)), &mut []).await;
            }
            if more.is_empty() || !self.line.is_open() {
                break;
            }
            let mut input = more;
            let _held = Charge::new(input.capacity());
            more = self.messages(None, &mut input).await;
        }
        self.line.member.flush();
        self.line.report_memory(0);
        self.line.watch_message();
    }

    /// Runs the handler of `first`, if there is one, and then takes the messages of `input` in
    /// turn. Returns what was read meanwhile, or what the client may not have sent yet.
    async fn messages(&mut self, mut first: Option<Due>, input: &mut [u8]) -> Vec<u8> {
        let mut ahead = Ahead {
            rest: input,
            ..Ahead::default()
        };
        let mut spent = Spent::nothing();
        // `open` is called also on a connection that is ending: then `close` has its counterpart.
        while matches!(first, Some(Due::Open)) || self.line.is_open() {
            if spent.is_all() {
                self.line.member.flush();
                spent = Spent::nothing();
                yield_now().await;
            }
            let outcome = {
                // What the handler borrows from: a part of the input, or bytes of their own.
                let (done, control, mut gathered);
                let call = Call {
                    module: &*self.module,
                    socket: &mut self.socket,
                };
                let running = if let Some(due) = first.take() {
                    first = due.next();
                    Some(call.due(due))
                } else if let Some((event, payload)) = ahead.deferred.pop_front() {
                    control = payload;
                    Some(call.control(event, &control))
                } else if self.line.pauses() && ahead.has_input() {
                    // `rest` is used up when there is any `extra`.
                    return [ahead.rest, &*ahead.extra].concat();
                } else {
                    let may_send = !self.line.is_exhausted();
                    let rules = self.line.rules();
                    match self.line.inbound.next(ahead.rest, rules) {
                        Ok((used, Some(item))) => {
                            let is_counted = self.line.count(&item, used);
                            (done, ahead.rest) = std::mem::take(&mut ahead.rest).split_at_mut(used);
                            gathered = Gathered::default();
                            let item = if is_counted && !may_send {
                                Err(Violation::FLOOD)
                            } else if matches!(item, Item::Compressed { .. }) {
                                self.line.inflate(item, done).await
                            } else {
                                Ok(Some(item))
                            };
                            match item {
                                Ok(Some(item)) => {
                                    spent.count(&item);
                                    call.receive(&mut self.line, item, done, &mut gathered)
                                }
                                // The connection has ended.
                                Ok(None) => None,
                                Err(violation) => {
                                    self.line.refuse(violation);
                                    None
                                }
                            }
                        }
                        Ok((used, None)) if used > 0 && !may_send => {
                            self.line.refuse(Violation::FLOOD);
                            None
                        }
                        Ok((used, None)) => {
                            self.line.inbound.spend(0, used);
                            self.line.inbound.keep(&ahead.rest[used..]);
                            return ahead.extra;
                        }
                        Err(violation) => {
                            self.line.refuse(violation);
                            None
                        }
                    }
                };
                let Some(running) = running else { continue };
                self.line.attend(running, &mut ahead).await
            };
            self.settle(outcome, &mut ahead).await;
        }
        // What follows the end of a connection is not looked at.
        Vec::new()
    }

    /// Deals with a handler's failure: tells `#[on(error)]`, or the log if there is none. A panic
    /// also ends the connection, since the data may be half-changed.
    async fn settle(&mut self, outcome: Handled, ahead: &mut Ahead<'_>) {
        let Err(error) = outcome else { return };
        let panicked = error.is_panic();
        if M::EVENTS.has(Event::Error) {
            let socket = &mut self.socket;
            let running = call!(
                Event::Error,
                self.module,
                error | error_async(socket, error)
            );
            if let Err(error) = self.line.attend(running, ahead).await {
                self.line.log(&error);
            }
        } else {
            self.line.log(&error);
        }
        if panicked {
            self.line.member.close(CloseCode::Error, "internal error");
        }
    }
}

/// Boxes a part of the session. A plain function: in an `async` one the part would stand beside
/// its box.
fn boxed<'a>(
    id: SocketId,
    part: impl Future<Output = ()> + Send + 'a,
) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
    Box::pin(in_batch(id, part))
}

/// An event that is not input.
#[derive(Clone, Copy)]
enum Due {
    Open,
    Lagged(u32),
    Drain,
}

impl Due {
    /// A backlog has left, to which this number of published messages was lost.
    fn drained(missed: u32) -> Self {
        match missed {
            0 => Self::Drain,
            missed => Self::Lagged(missed),
        }
    }

    /// What comes right after it, before any message.
    fn next(self) -> Option<Self> {
        match self {
            Self::Lagged(_) => Some(Self::Drain),
            Self::Open | Self::Drain => None,
        }
    }
}

/// What a handler is called on.
struct Call<'a, M: WebSocket> {
    module: &'a M,
    socket: &'a mut Socket<M::Data>,
}

impl<'a, M: WebSocket> Call<'a, M> {
    fn due(self, due: Due) -> Running<'a> {
        let Self { module, socket } = self;
        match due {
            Due::Open => call!(Event::Open, module, open | open_async(socket)),
            Due::Lagged(missed) => {
                let missed = missed.into();
                call!(Event::Lagged, module, lagged | lagged_async(socket, missed))
            }
            Due::Drain => call!(Event::Drain, module, drain | drain_async(socket)),
        }
    }

    fn control(self, event: Event, payload: &'a [u8]) -> Running<'a> {
        let Self { module, socket } = self;
        match event {
            Event::Ping => call!(Event::Ping, module, ping | ping_async(socket, payload)),
            _ => call!(Event::Pong, module, pong | pong_async(socket, payload)),
        }
    }

    /// Takes what was read: control frames are answered, and whoever handles it is called.
    fn receive(
        self,
        line: &mut Line,
        item: Item,
        done: &'a [u8],
        gathered: &'a mut Gathered,
    ) -> Option<Running<'a>> {
        let (event, payload) = match item {
            Item::Close(range) => {
                line.answer_close(&done[range]);
                return None;
            }
            Item::Ping(range) => (line.answer_ping(&done[range.clone()]), &done[range]),
            Item::Pong(range) => (Event::Pong, &done[range]),
            // It was inflated before.
            Item::Compressed { .. } => return None,
            Item::Message { text, payload } => {
                let event = if text { Event::Text } else { Event::Binary };
                let payload: &[u8] = match payload {
                    Payload::InPlace(range) => &done[range],
                    Payload::Gathered(bytes) => {
                        *gathered = bytes;
                        gathered
                    }
                };
                return self.message(line, event, payload);
            }
        };
        M::EVENTS.has(event).then(|| self.control(event, payload))
    }

    fn message(self, line: &mut Line, event: Event, payload: &'a [u8]) -> Option<Running<'a>> {
        let Self { module, socket } = self;
        let text = match event {
            Event::Text => match simdutf8::basic::from_utf8(payload) {
                Ok(text) => text,
                Err(_) => {
                    line.refuse(Violation::BAD_TEXT);
                    return None;
                }
            },
            _ => "",
        };
        match reception(M::EVENTS, event) {
            Reception::Ignored => None,
            Reception::Unsupported => {
                line.member.close(CloseCode::Unsupported, UNSUPPORTED);
                None
            }
            Reception::Handled if event == Event::Text => {
                Some(call!(Event::Text, module, text | text_async(socket, text)))
            }
            Reception::Handled => Some(call!(
                Event::Binary,
                module,
                binary | binary_async(socket, payload)
            )),
        }
    }
}

const UNSUPPORTED: &str = "this kind of message is not handled";

#[cfg(test)]
#[path = "size_tests.rs"]
mod tests;

#[cfg(test)]
mod simulated_tests;
