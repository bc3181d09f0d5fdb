//! The session's side of a connection: reading, answering control frames, time, waiting.
//!
//! Nothing here knows the module or its data.

use super::{
    buffer::Buffer,
    running::{Running, Waiting},
};
use crate::{
    frame::{Control, Inbound, Opcode, Violation},
    hub::Member,
    live::Live,
    outbox::{Life, Owed},
    websocket::{
        Event, Events, Outcome, SocketError, close,
        endpoint::{Endpoint, Phase},
    },
};
use socket2::SockRef;
use std::{
    collections::VecDeque,
    future::poll_fn,
    io::{self, ErrorKind, Read},
    net::Shutdown,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{io::Interest, net::TcpStream};
use tungstenite::protocol::frame::coding::CloseCode;

/// What is read at a time while a handler waits.
const AHEAD: usize = 4096;

/// How many times the closing timeout a client that makes progress may take.
const LONGEST_CLOSE: u64 = 12;

/// Pings and Pongs that a waiting handler keeps from their own handlers; with more, reading pauses.
const MAX_DEFERRED: usize = 16;

pub(super) struct Line {
    pub(super) member: Arc<Member>,
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) inbound: Inbound,
    /// Which events have a handler.
    events: Events,
    /// How far the session knows the connection's life to have gone.
    pub(super) seen: Life,
    /// The client was silent for long, and got a Ping.
    pinged: bool,
    /// The last read filled the buffer: others have their turn before the next.
    yields: bool,
    /// Only the `close` handler is still to run, or running.
    pub(super) in_close: bool,
    /// Its place in the endpoint's list.
    place: usize,
    _live: Live,
}

/// Whatever ends the session's task ends what others still see of the connection.
impl Drop for Line {
    fn drop(&mut self) {
        if self.member.life() != Life::Dead {
            self.member.abort();
        }
        self.member.announce_end();
        self.endpoint.hub.leave_all(&self.member);
        self.endpoint.deregister(self.place);
    }
}

/// Why an idle session runs.
pub(super) enum Turn {
    Input(Buffer),
    Drain,
    /// The connection isn't open any more.
    Ended,
}

/// What lies behind the message that a handler is at work on.
#[derive(Default)]
pub(super) struct Ahead<'b> {
    /// The rest of the batch.
    pub(super) rest: &'b mut [u8],
    /// What was read while the handler waited; `rest` is used up when there is any.
    pub(super) extra: Vec<u8>,
    /// Control frames that were answered, and that their handlers don't know of yet.
    pub(super) deferred: VecDeque<(Event, Vec<u8>)>,
}

impl Line {
    pub(super) fn new(
        member: Arc<Member>,
        endpoint: Arc<Endpoint>,
        events: Events,
        early: Vec<u8>,
        live: Live,
    ) -> Self {
        let place = endpoint.register(&member);
        let line = Self {
            member,
            endpoint,
            inbound: Inbound::starting_with(early),
            events,
            seen: Life::Open,
            pinged: false,
            yields: false,
            in_close: false,
            place,
            _live: live,
        };
        line.set_clock();
        line
    }

    /// Waits for something to do.
    pub(super) async fn turn(&mut self) -> Turn {
        poll_fn(|cx| self.poll_turn(cx)).await
    }

    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<Turn> {
        if let Some(turn) = self
            .member
            .awake(self.seen, false)
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
                    // Only now, when nothing has come, is silence what it seems.
                    Poll::Pending => self.judge(),
                }
            }
            let mut writable = false;
            let owed = self.member.poll_owed(cx, self.seen, false, &mut writable);
            if writable {
                // The peer took bytes: it lives, though its own may be stuck behind them.
                self.stamp();
            }
            if let Some(turn) = ready!(owed.map(|owed| self.see(owed))) {
                return Poll::Ready(turn);
            }
            // Nudged: look again, and at what is there to read first.
            yields = false;
        }
    }

    fn see(&mut self, owed: Owed) -> Option<Turn> {
        match owed {
            Owed::Drain => Some(Turn::Drain),
            Owed::Life(life) => {
                self.seen = life;
                Some(Turn::Ended)
            }
            Owed::Nudge => None,
        }
    }

    /// Looks whether the connection's life went on while user code ran.
    pub(super) fn is_open(&mut self) -> bool {
        if self.seen == Life::Open && self.member.is_ending() {
            self.seen = self.member.life();
        }
        self.seen == Life::Open
    }

    /// Reads once; `None` at the end of the stream.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Buffer>>> {
        loop {
            ready!(self.member.stream().poll_read_ready(cx))?;
            let mut buffer = Buffer::take();
            let kept = self.inbound.spilled();
            let space = &mut buffer.space()[kept..];
            let full = space.len();
            match read(self.member.stream(), space) {
                Ok(0) => return Poll::Ready(Ok(None)),
                Ok(read) => {
                    self.inbound.restore(buffer.space());
                    buffer.set_filled(kept + read);
                    self.yields = read == full;
                    self.stamp();
                    return Poll::Ready(Ok(Some(buffer)));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// The peer gave a sign of life.
    fn stamp(&mut self) {
        self.pinged = false;
        self.set_clock();
    }

    fn set_clock(&self) {
        let ticks = &self.endpoint.ticks;
        if let Some(silence) = ticks.ping_after.or(ticks.idle) {
            self.member.check_at(self.endpoint.tick() + silence);
        }
    }

    /// Acts on a nudge of the sweep: a Ping first, then the end.
    fn judge(&mut self) {
        let ticks = self.endpoint.ticks;
        let Some(idle) = ticks.idle else { return };
        if !self.member.was_nudged() {
            return;
        }
        match ticks.ping_after {
            Some(ping_after) if !self.pinged => {
                self.pinged = true;
                self.member.send_control(Opcode::Ping, &[]);
                self.member
                    .check_at(self.endpoint.tick() + (idle - ping_after).max(1));
            }
            _ => self.member.close(CloseCode::Away, "idle timeout"),
        }
    }

    /// Waits for a handler's end. Meanwhile what it sent goes out, control frames are answered,
    /// and the connection's end is noticed; reading stops at the next message.
    pub(super) async fn attend(&mut self, running: Running<'_>, ahead: &mut Ahead<'_>) -> Outcome {
        match running {
            Running::Done(outcome) => outcome,
            Running::Waiting(mut waiting) => {
                let outcome = poll_fn(|cx| self.poll_handler(cx, &mut waiting, ahead)).await;
                waiting.finish(outcome)
            }
        }
    }

    fn poll_handler(
        &mut self,
        cx: &mut Context<'_>,
        waiting: &mut Waiting<'_>,
        ahead: &mut Ahead<'_>,
    ) -> Poll<Outcome> {
        if let Some(owed) = self.member.awake(self.seen, true) {
            self.see_in_handler(owed);
        }
        if let Poll::Ready(outcome) = waiting.poll(cx) {
            // The clock stood still while it ran.
            self.stamp();
            return Poll::Ready(outcome);
        }
        self.read_ahead(cx, ahead);
        let mut writable = false;
        loop {
            // Looked at before each try to wait: what comes later nudges.
            if self.is_cancelled() {
                return Poll::Ready(Ok(()));
            }
            if self.seen > Life::Open && self.member.was_nudged() {
                // The closing handshake takes too long, whatever the handler does.
                self.reset();
            }
            let owed = ready!(self.member.poll_owed(cx, self.seen, true, &mut writable));
            self.see_in_handler(owed);
        }
    }

    /// Whether a handler that waits is to be dropped. A `close` handler has the time that the
    /// shutdown leaves it.
    fn is_cancelled(&self) -> bool {
        let phase = self.endpoint.phase();
        if self.in_close {
            phase == Phase::Aborting
        } else {
            phase >= Phase::Cancelling || self.member.is_terminated()
        }
    }

    /// The end of a connection doesn't wait for a handler: others see it at once, and so does
    /// the handler, if it looks.
    fn see_in_handler(&mut self, owed: Owed) {
        if let Owed::Life(life) = owed {
            self.seen = life;
            self.end();
        }
    }

    /// Does what the end of a connection asks for at once, as far as it has gone.
    pub(super) fn end(&mut self) {
        self.endpoint.hub.leave_all(&self.member);
        self.member.announce_end();
        self.restart_closing_clock();
        let side = match self.seen {
            Life::Open | Life::Closing => return,
            // This side closes first (RFC 6455 §7.1.1), whether or not the peer's Close is there:
            // it would change nothing.
            Life::Flushed => Shutdown::Write,
            // The peer learns it now, whoever still holds the stream for a moment.
            Life::Dead => Shutdown::Both,
        };
        // Fails when the peer was faster.
        let _ = SockRef::from(self.member.stream()).shutdown(side);
    }

    fn read_ahead(&mut self, cx: &mut Context<'_>, ahead: &mut Ahead<'_>) {
        while self.seen == Life::Open
            && !self.member.is_ending()
            && ahead.deferred.len() < MAX_DEFERRED
        {
            let input = if ahead.extra.is_empty() {
                &mut *ahead.rest
            } else {
                &mut ahead.extra[..]
            };
            let used = match self.inbound.next_control(input) {
                Control::Frame(opcode, range) => {
                    let end = range.end;
                    self.answer(opcode, &input[range], &mut ahead.deferred);
                    end
                }
                Control::Incomplete => {
                    if ahead.extra.is_empty() {
                        ahead.extra = std::mem::take(&mut ahead.rest).to_vec();
                    }
                    match self.poll_extra(cx, &mut ahead.extra) {
                        Poll::Ready(()) => continue,
                        Poll::Pending => return,
                    }
                }
                // The next message, or what will be refused when its turn comes.
                Control::Stop => return,
            };
            if ahead.extra.is_empty() {
                ahead.rest = &mut std::mem::take(&mut ahead.rest)[used..];
            } else {
                ahead.extra.drain(..used);
            }
        }
    }

    fn poll_extra(&mut self, cx: &mut Context<'_>, extra: &mut Vec<u8>) -> Poll<()> {
        loop {
            let kept = extra.len();
            let result = ready!(self.member.stream().poll_read_ready(cx)).and_then(|()| {
                extra.resize(kept + AHEAD, 0);
                read(self.member.stream(), &mut extra[kept..])
            });
            extra.truncate(kept + *result.as_ref().unwrap_or(&0));
            match result {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Ok(0) | Err(_) => {
                    self.member.abort();
                    return Poll::Ready(());
                }
                Ok(_) => return Poll::Ready(()),
            }
        }
    }

    /// A control frame that came while a handler waits: its own handler has to wait, too.
    fn answer(
        &mut self,
        opcode: Opcode,
        payload: &[u8],
        deferred: &mut VecDeque<(Event, Vec<u8>)>,
    ) {
        let event = match opcode {
            Opcode::Close => return self.answer_close(payload),
            Opcode::Ping => self.answer_ping(payload),
            _ => Event::Pong,
        };
        if self.events.has(event) {
            deferred.push_back((event, payload.to_vec()));
        }
    }

    /// RFC 6455 §5.5.2: a Ping is answered with its payload.
    pub(super) fn answer_ping(&mut self, payload: &[u8]) -> Event {
        self.member.send_control(Opcode::Pong, payload);
        Event::Ping
    }

    /// Ends the connection for a rule that the peer broke.
    pub(super) fn refuse(&self, violation: Violation) {
        self.member.close(violation.code, violation.reason);
    }

    /// What nobody else is told.
    pub(super) fn log(&self, error: &SocketError) {
        tracing::error!(socket = %self.member.id(), module = self.endpoint.name, %error);
    }

    /// RFC 6455 §5.5.1: a Close is answered with its code.
    pub(super) fn answer_close(&mut self, payload: &[u8]) {
        match close::parse(payload) {
            Ok((code, reason)) => self.member.close(code, reason),
            Err(violation) => self.refuse(violation),
        }
    }

    /// Sees a connection out: what waits is written, the Close frame last, then the stream is
    /// closed. What still comes is thrown away, since a stream that is dropped with unread bytes
    /// takes back what was written. Too long a wait ends in a reset.
    pub(super) async fn linger(&mut self) {
        self.restart_closing_clock();
        let mut at_end = false;
        // A client that takes a byte now and then has time, but not for ever.
        let latest = self.endpoint.tick() + LONGEST_CLOSE * self.endpoint.ticks.close;
        poll_fn(|cx| self.poll_linger(cx, &mut at_end, latest)).await;
    }

    fn restart_closing_clock(&self) {
        let due = self.endpoint.tick() + self.endpoint.ticks.close;
        self.member.check_at(due);
    }

    /// Drops the connection, without leaving the system to deliver what waits.
    fn reset(&mut self) {
        let _ = SockRef::from(self.member.stream()).set_linger(Some(Duration::ZERO));
        self.member.abort();
    }

    fn poll_linger(&mut self, cx: &mut Context<'_>, at_end: &mut bool, latest: u64) -> Poll<()> {
        loop {
            let tick = self.endpoint.tick();
            if self.endpoint.phase() == Phase::Aborting
                || self.member.is_terminated()
                || self.member.was_nudged()
            {
                self.reset();
            }
            if self.seen == Life::Dead || (self.seen == Life::Flushed && *at_end) {
                return Poll::Ready(());
            }
            if !*at_end && self.poll_discard(cx).is_ready() {
                *at_end = true;
                continue;
            }
            let mut writable = false;
            let owed = self.member.poll_owed(cx, self.seen, true, &mut writable);
            if writable && tick < latest {
                self.restart_closing_clock();
            }
            let owed = ready!(owed);
            self.see_in_handler(owed);
        }
    }

    /// Reads to the end of the stream.
    fn poll_discard(&self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            if ready!(self.member.stream().poll_read_ready(cx)).is_err() {
                return Poll::Ready(());
            }
            match read(self.member.stream(), Buffer::take().space()) {
                Ok(0) => return Poll::Ready(()),
                Err(error) if error.kind() != ErrorKind::WouldBlock => return Poll::Ready(()),
                Ok(_) | Err(_) => {}
            }
        }
    }
}

/// Reads what is there. A short read says that there is no more: the readiness that was seen
/// before it is cleared, so that no event is lost, and no second call spent on learning the same.
fn read(stream: &TcpStream, space: &mut [u8]) -> io::Result<usize> {
    let mut short = 0;
    let result = stream.try_io(Interest::READABLE, || {
        let socket = SockRef::from(stream);
        loop {
            match (&*socket).read(space) {
                Ok(read) if 0 < read && read < space.len() => {
                    short = read;
                    return Err(ErrorKind::WouldBlock.into());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    });
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock && short > 0 => Ok(short),
        result => result,
    }
}
