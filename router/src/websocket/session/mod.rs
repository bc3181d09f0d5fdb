//! The driver of a connection: one task, one waker, no timer and no channel.
//!
//! ```text
//! readable → one read into the thread's buffer → messages, in place → the handler → the outbox
//!          → end of the batch, or a handler is pending: one write
//! ```
//!
//! | file | is about |
//! |---|---|
//! | `session_io` | the connection's side: reading, control frames, timeouts |
//! | `wait_handler` | waiting for a pending handler while the rest of the connection keeps working |
//! | `flood` | clients that exceed `rate_limit` or `byte_rate` |
//! | `next` | taking the next message out of the input |
//! | `inflate` | compressed messages |
//! | `call` | which method of the module handles an event or a message |
//! | `closing` | completing the closing handshake and closing the stream |
//! | `running` | calling a handler, catching its panic |
//! | `turn_budget` | when the session yields to other tasks |
//! | `buffer` | the thread's read buffer |

mod buffer;
mod call;
mod closing;
mod flood;
mod inflate;
mod next;
mod running;
mod session_io;
mod turn_budget;
mod wait_handler;

use super::{Event, Socket, WebSocket, endpoint::ConnectionPermit};
use crate::{
    frame::Gathered,
    hub::{Member, in_batch},
    memory::Charge,
    outbox::{Settings, SocketId, Transport},
};
use buffer::Buffer;
use call::{Call, Due};
use next::Next;
use running::{Handled, call};
use session_io::{SessionIo, Turn};
use std::{
    future::poll_fn,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
};
use tokio::task::yield_now;
use tungstenite::protocol::frame::coding::CloseCode;
use turn_budget::TurnBudget;
use wait_handler::Ahead;

/// A connection whose handshake is complete.
pub(super) struct Start<M: WebSocket> {
    pub(super) module: Arc<M>,
    pub(super) permit: ConnectionPermit,
    pub(super) transport: Transport,
    pub(super) remote: SocketAddr,
    pub(super) settings: Settings,
    pub(super) data: M::Data,
    /// The bytes received after the request.
    pub(super) early: Vec<u8>,
}

/// Spawns the connection's task.
pub(super) fn spawn<M: WebSocket>(start: Start<M>) {
    start.permit.endpoint().start_sweeps();
    tokio::spawn(session(start));
}

/// Returns the session as a future that captures the driver. This is not an `async fn`, because an
/// `async fn` would store its argument twice.
fn session<M: WebSocket>(start: Start<M>) -> impl Future<Output = ()> + Send {
    let Start {
        module,
        permit,
        transport,
        remote,
        settings,
        data,
        early,
    } = start;
    let member = Arc::new(Member::new(transport, remote, settings));
    let mut driver = Driver {
        module,
        socket: Socket::new(data, member.clone(), permit.endpoint().clone()),
        io: SessionIo::new(member, permit, M::EVENTS, early),
    };
    async move { driver.run().await }
}

struct Driver<M: WebSocket> {
    module: Arc<M>,
    socket: Socket<M::Data>,
    io: SessionIo,
}

impl<M: WebSocket> Driver<M> {
    /// Runs the session. Each part that may run user code is boxed, so that an idle connection
    /// reserves no space for it. This costs one allocation per read, however many messages the read
    /// contains.
    async fn run(&mut self) {
        if M::EVENTS.has(Event::Open) || self.io.inbound.spilled() > 0 {
            boxed(self.id(), self.event(Due::Open)).await;
        }
        while self.io.is_open() {
            match self.io.turn().await {
                Turn::Input(buffer) => boxed(self.id(), self.input(buffer)).await,
                Turn::Drain { missed } => boxed(self.id(), self.event(Due::drained(missed))).await,
                Turn::Ended => {}
            }
        }
        self.io.end();
        if M::EVENTS.has(Event::Close) {
            boxed(self.id(), self.close()).await;
        }
        boxed(self.id(), self.io.closing()).await;
    }

    fn id(&self) -> SocketId {
        self.io.member.id()
    }

    /// Runs the handler of an event that has no input of its own. Bytes kept from earlier reads are
    /// handled as the input that follows the event. They are taken first, because bytes that are read
    /// while the handler is pending come after them.
    async fn event(&mut self, due: Due) {
        let mut spill = self.io.inbound.take_spill();
        let _held = Charge::new(spill.capacity());
        let more = self.messages(Some(due), &mut spill).await;
        self.rest(more).await;
    }

    async fn input(&mut self, mut buffer: Buffer) {
        let more = {
            let mut messages = pin!(self.messages(None, &mut buffer));
            // While a handler is pending, other connections cannot use the buffer, so the buffer's
            // memory is counted.
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
        let ending = self.io.member.ending();
        let (socket, reason) = (&mut self.socket, &*ending.reason);
        let running = call!(
            M,
            Event::Close,
            self.module,
            close | close_async(socket, ending.code, reason)
        );
        let ahead = &mut Ahead {
            in_close: true,
            ..Ahead::default()
        };
        let outcome = self.io.wait_handler(running, ahead).await;
        self.settle(outcome, ahead).await;
    }

    /// Handles the input that was read while a handler was pending or that had to wait for a pause
    /// to end. Then writes the queue.
    async fn rest(&mut self, mut more: Vec<u8>) {
        loop {
            while let Some(until) = self.io.paused_until() {
                let _held = Charge::new(more.capacity());
                self.io.report_memory(more.capacity());
                let Some(missed) = self.io.pause(until).await else {
                    break;
                };
                self.messages(Some(Due::drained(missed)), &mut []).await;
            }
            if more.is_empty() || !self.io.is_open() {
                break;
            }
            let mut input = more;
            let _held = Charge::new(input.capacity());
            more = self.messages(None, &mut input).await;
        }
        self.io.member.flush();
        self.io.report_memory(0);
        self.io.watch_message();
    }

    /// Runs the handler of `first`, if there is one, and then handles the messages of `input` in
    /// order. Returns the bytes that were read meanwhile or, if the client has used up its
    /// allowance, the rest of the input.
    async fn messages(&mut self, mut first: Option<Due>, input: &mut [u8]) -> Vec<u8> {
        let mut ahead = Ahead {
            rest: input,
            ..Ahead::default()
        };
        let mut budget = TurnBudget::start();
        // `open` is called even if the connection is already ending, so that each `close` has a
        // matching `open`.
        while matches!(first, Some(Due::Open)) || self.io.is_open() {
            if budget.is_spent() {
                self.io.member.flush();
                budget = TurnBudget::start();
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
                } else if self.io.pauses() && ahead.has_input() {
                    // If `extra` is not empty, `rest` is empty.
                    return [ahead.rest, &*ahead.extra].concat();
                } else {
                    match self.io.next(&mut ahead.rest).await {
                        Next::Incoming(incoming, input) => {
                            done = input;
                            gathered = Gathered::default();
                            budget.count(&incoming);
                            call.receive(&mut self.io, incoming, done, &mut gathered)
                        }
                        Next::Incomplete => return ahead.extra,
                        Next::Ended => None,
                    }
                };
                let Some(running) = running else { continue };
                self.io.wait_handler(running, &mut ahead).await
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
                M,
                Event::Error,
                self.module,
                error | error_async(socket, error)
            );
            if let Err(error) = self.io.wait_handler(running, ahead).await {
                self.io.log(&error);
            }
        } else {
            self.io.log(&error);
        }
        if panicked {
            self.io.member.close(CloseCode::Error, "internal error");
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

#[cfg(test)]
#[path = "size_tests.rs"]
mod tests;

#[cfg(test)]
mod simulated_tests;
