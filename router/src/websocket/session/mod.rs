//! The driver of a connection: one task, one waker, no timer and no channel.
//!
//! ```text
//! readable → one read into the thread's buffer → messages, in place → the handler → the outbox
//!          → end of the batch, or a handler is pending: one write
//! ```
//!
//! | file | is about |
//! |---|---|
//! | `line` | the connection's side: reading, control frames, timeouts |
//! | `attend` | waiting for a pending handler while the rest of the connection keeps working |
//! | `flood` | clients that exceed `rate_limit` or `byte_rate` |
//! | `inflate` | compressed messages |
//! | `linger` | completing the closing handshake and closing the stream |
//! | `running` | calling a handler, catching its panic |
//! | `spent` | when the session yields to other tasks |
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

/// A connection whose handshake is complete.
pub(super) struct Start<M: WebSocket> {
    pub(super) module: Arc<M>,
    pub(super) seat: Seat,
    pub(super) transport: Transport,
    pub(super) remote: SocketAddr,
    pub(super) settings: Settings,
    pub(super) data: M::Data,
    /// The bytes received after the request.
    pub(super) early: Vec<u8>,
}

/// Spawns the connection's task.
pub(super) fn spawn<M: WebSocket>(start: Start<M>) {
    tokio::spawn(session(start));
}

/// The session as a future. It captures the driver, because an `async fn` would store its argument
/// twice.
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
    /// Runs the session. Each part that may run user code is boxed, so that an idle connection
    /// reserves no space for it. This costs one allocation per read, however many messages the read
    /// contains.
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

    /// Runs the handler of an event that has no input of its own. Bytes left over from earlier
    /// reads become the input that follows the event, because more may be read while the handler is
    /// pending.
    async fn event(&mut self, due: Due) {
        let mut spill = self.line.inbound.take_spill();
        let _held = Charge::new(spill.capacity());
        let more = self.messages(Some(due), &mut spill).await;
        self.rest(more).await;
    }

    async fn input(&mut self, mut buffer: Buffer) {
        let more = {
            let mut messages = pin!(self.messages(None, &mut buffer));
            // While a handler is pending, other connections cannot use the buffer.
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

    /// Handles the input that was read while a handler was pending or that had to wait for a pause
    /// to end. Then writes the queue.
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

    /// Runs the handler of `first`, if there is one, and then handles the messages of `input` in
    /// order. Returns the bytes that were read meanwhile or, if the client has used up its
    /// allowance, the rest of the input.
    async fn messages(&mut self, mut first: Option<Due>, input: &mut [u8]) -> Vec<u8> {
        let mut ahead = Ahead {
            rest: input,
            ..Ahead::default()
        };
        let mut spent = Spent::nothing();
        // `open` is called even if the connection is already ending, so that each `close` has a
        // matching `open`.
        while matches!(first, Some(Due::Open)) || self.line.is_open() {
            if spent.is_all() {
                self.line.member.flush();
                spent = Spent::nothing();
                yield_now().await;
            }
            let outcome = {
                // The handler borrows from one of these: a part of the input, the payload of a
                // control frame, or a gathered message.
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
                    // If `extra` is not empty, `rest` is.
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
        // Input after the end of a connection is ignored.
        Vec::new()
    }

    /// Reports a handler's failure to `#[on(error)]`, or to the log if there is no such handler. A
    /// panic also closes the connection, because the data may be half-changed.
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

/// Boxes a part of the session. This is not an `async` function, because it would hold the part in
/// addition to the box.
fn boxed<'a>(
    id: SocketId,
    part: impl Future<Output = ()> + Send + 'a,
) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
    Box::pin(in_batch(id, part))
}

/// An event that has no input.
#[derive(Clone, Copy)]
enum Due {
    Open,
    Lagged(u32),
    Drain,
}

impl Due {
    /// The event that is due when a backlog has been written. `missed` is the number of published
    /// messages that the client missed because of the backlog.
    fn drained(missed: u32) -> Self {
        match missed {
            0 => Self::Drain,
            missed => Self::Lagged(missed),
        }
    }

    /// The event that follows immediately, before any message.
    fn next(self) -> Option<Self> {
        match self {
            Self::Lagged(_) => Some(Self::Drain),
            Self::Open | Self::Drain => None,
        }
    }
}

/// The module and the socket that a handler is called with.
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

    /// Answers a control frame, and calls the item's handler if there is one.
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
            // Cannot occur: the caller has already inflated the message.
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
