//! The session's side of a connection: reading, answering control frames, timeouts.
//!
//! Nothing in this file depends on the module or its data.

use super::buffer::Buffer;
use crate::{
    frame::{Inbound, Opcode, Rules, Violation},
    hub::Member,
    log,
    outbox::{Activity, Life, Owed, Polled},
    websocket::{Event, Events, SocketError, close, endpoint::ConnectionPermit, timers::Clock},
};
use std::{
    future::poll_fn,
    io,
    sync::Arc,
    task::{Context, Poll, ready},
};

pub(super) struct SessionIo {
    pub(super) member: Arc<Member>,
    pub(super) endpoint: ConnectionPermit,
    pub(super) inbound: Inbound,
    pub(super) handles_pings: bool,
    pub(super) handles_pongs: bool,
    /// The latest state of the connection that the session has seen.
    pub(super) seen: Life,
    clock: Clock,
    /// The last read filled the buffer, so the session yields to other tasks before the next read.
    yields: bool,
    /// The connection's place in the endpoint's list.
    place: u32,
}

/// Ends the connection and removes it from the hub and the endpoint, however the session ends.
impl Drop for SessionIo {
    fn drop(&mut self) {
        if self.member.life() != Life::Dead {
            self.member.abort();
        }
        self.member.announce_end();
        self.endpoint.hub.leave_all(&self.member);
        self.endpoint.deregister(self.place);
    }
}

/// What ended the wait of an idle session.
pub(super) enum Turn {
    Input(Buffer),
    /// A backlog has been written. `missed` is the number of published messages that the client missed
    /// because of the backlog.
    Drain {
        missed: u32,
    },
    /// The connection is no longer open.
    Ended,
}

impl SessionIo {
    pub(super) fn new(
        member: Arc<Member>,
        endpoint: ConnectionPermit,
        events: Events,
        early: Vec<u8>,
    ) -> Self {
        let place = endpoint.register(&member);
        let clock = Clock::new(endpoint.tick() as u32);
        let allowance = endpoint.options.allowance();
        Self {
            member,
            endpoint,
            inbound: Inbound::starting_with(early, allowance),
            handles_pings: events.has(Event::Ping),
            handles_pongs: events.has(Event::Pong),
            seen: Life::Open,
            clock,
            yields: false,
            place,
        }
    }

    /// The limits that received messages are checked against.
    pub(super) fn rules(&self) -> Rules {
        Rules {
            limit: self.endpoint.options.max_payload_length as usize,
            inflation: self.member.inflation(),
            inflation_ratio: self.endpoint.options.max_inflation_ratio as usize,
            now: self.now(),
        }
    }

    pub(super) fn now(&self) -> u32 {
        self.endpoint.tick() as u32
    }

    /// Waits for something to do.
    pub(super) async fn turn(&mut self) -> Turn {
        poll_fn(|cx| self.poll_turn(cx)).await
    }

    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<Turn> {
        if let Some(turn) = self
            .member
            .awake(self.seen, Activity::Reading)
            .and_then(|owed| self.see(owed))
        {
            return Poll::Ready(turn);
        }
        let mut yields = std::mem::take(&mut self.yields);
        loop {
            if yields {
                cx.waker().wake_by_ref();
            } else {
                match self.poll_read(cx) {
                    Poll::Ready(Ok(Some(buffer))) => return Poll::Ready(Turn::Input(buffer)),
                    Poll::Ready(Ok(None) | Err(_)) => {
                        self.member.abort();
                        self.seen = Life::Dead;
                        return Poll::Ready(Turn::Ended);
                    }
                    // The client counts as silent only if there is nothing to read.
                    Poll::Pending => self.judge(false),
                }
            }
            let Polled { owed, writable } = self.member.poll_owed(cx, self.seen, Activity::Reading);
            if writable {
                self.clock.progressed(self.now());
            }
            if let Some(turn) = ready!(owed.map(|owed| self.see(owed))) {
                return Poll::Ready(turn);
            }
            // Another task has changed something (a nudge), so the session checks everything again, beginning
            // with a read.
            yields = false;
        }
    }

    fn see(&mut self, owed: Owed) -> Option<Turn> {
        match owed {
            Owed::Drain { missed } => Some(Turn::Drain { missed }),
            Owed::Life(life) => {
                self.seen = life;
                Some(Turn::Ended)
            }
            Owed::Nudge => None,
        }
    }

    /// Whether the connection is still open. User code that has just run may have ended it.
    pub(super) fn is_open(&mut self) -> bool {
        if self.seen == Life::Open && self.member.is_ending() {
            self.seen = self.member.life();
        }
        self.seen == Life::Open
    }

    /// Reads once; `None` at the end of the stream.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Buffer>>> {
        let mut buffer = Buffer::take();
        let kept = self.inbound.spilled();
        let space = &mut buffer.space()[kept..];
        let full = space.len();
        let read = ready!(self.member.transport().poll_read(cx, space))?;
        if read == 0 {
            return Poll::Ready(Ok(None));
        }
        // The kept bytes of an incomplete message come before the bytes that were read.
        self.inbound.restore(buffer.space());
        buffer.set_filled(kept + read);
        self.yields = read == full;
        self.stamp();
        Poll::Ready(Ok(Some(buffer)))
    }

    /// Records that the client is alive.
    pub(super) fn stamp(&mut self) {
        self.clock.heard(self.now());
    }

    /// Checks the timeouts if the sweep (the timer task of all sockets) has woken the session for this. No
    /// timer is reset when data arrives: [`stamp`](Self::stamp) only stores the time, and this check compares
    /// it.
    pub(super) fn judge(&mut self, in_handler: bool) {
        if self.seen > Life::Open || !self.member.was_nudged() {
            return;
        }
        let waits = self.member.buffered() > 0;
        let now = self.now();
        let message = self.inbound.message_since();
        let verdict = self
            .clock
            .judge(&self.endpoint.ticks, now, waits, message, in_handler);
        if let Some((code, reason)) = verdict.end {
            return self.member.close(code, reason);
        }
        if verdict.ping {
            self.member.send_control(Opcode::Ping, &[]);
        }
        if let Some(next) = verdict.next {
            self.member.check_at(self.endpoint.tick() + u64::from(next));
        }
    }

    /// Answers a Ping with a Pong that has the same payload (RFC 6455 §5.5.2).
    pub(super) fn answer_ping(&mut self, payload: &[u8]) -> Event {
        self.member.send_control(Opcode::Pong, payload);
        Event::Ping
    }

    /// Closes the connection because the client broke a rule.
    pub(super) fn refuse(&self, violation: Violation) {
        self.member.close(violation.code, violation.reason);
    }

    /// Logs a failure that no `#[on(error)]` handler has handled. A message that cannot be decoded
    /// is the client's fault, so it is logged as `debug`. The number of logged errors is limited,
    /// so that no client can fill the log.
    pub(super) fn log(&self, error: &SocketError) {
        let (socket, module) = (self.member.id(), self.endpoint.name);
        if error.is_decode() {
            log::debug!(%socket, module, error = log::plain(error));
        } else {
            log::limited!(error, %socket, module, error = log::plain(error));
        }
    }

    /// Answers a Close frame with the same code (RFC 6455 §5.5.1).
    pub(super) fn answer_close(&mut self, payload: &[u8]) {
        match close::parse(payload) {
            Ok((code, reason)) => self.member.close(code, reason),
            Err(violation) => self.refuse(violation),
        }
    }

    /// Records, for other tasks, the number of bytes that this connection holds: for an incomplete
    /// message, for the inflater, and `more` bytes for other input.
    pub(super) fn report_memory(&self, more: usize) {
        self.member.set_inbound(self.inbound.held() + more);
    }

    /// Schedules a check for the time at which an incomplete message reaches its timeout.
    pub(super) fn watch_message(&self) {
        if let Some(timeout) = self.endpoint.ticks.message
            && let Some(since) = self.inbound.message_since()
        {
            let passed = self.now().wrapping_sub(since);
            let left = timeout.saturating_sub(passed);
            self.member
                .check_before(self.endpoint.tick() + u64::from(left));
        }
    }

    /// Does the work that is due immediately when the connection ends: frees the input state,
    /// leaves all topics, announces the end, and closes the stream as far as the connection's state
    /// allows.
    pub(super) fn end(&mut self) {
        self.inbound.clear();
        self.report_memory(0);
        self.endpoint.hub.leave_all(&self.member);
        self.member.announce_end();
        self.restart_closing_clock();
        match self.seen {
            Life::Open | Life::Closing => {}
            // The server closes its side first (RFC 6455 §7.1.1). It does not wait for the client's Close
            // frame, because the server has nothing more to send.
            Life::Flushed => self.member.transport().close_write(),
            // The client sees the end now, even if another task still holds the stream briefly.
            Life::Dead => self.member.transport().close(),
        }
    }

    /// Restarts the timeout of the closing handshake.
    pub(super) fn restart_closing_clock(&self) {
        let due = self.endpoint.tick() + u64::from(self.endpoint.ticks.close);
        self.member.check_at(due);
    }

    /// Resets the connection. The system does not deliver the bytes that are still queued.
    pub(super) fn reset(&mut self) {
        self.member.transport().reset();
        self.member.abort();
    }
}
