//! Waiting for a handler, while everything else of its connection goes on.

use super::{
    buffer::{self, Buffer},
    line::Line,
    running::{Handled, Running, Waiting},
};
use crate::{
    frame::{Control, Opcode},
    outbox::{Life, Owed},
    websocket::{Event, endpoint::Phase},
};
use std::{
    collections::VecDeque,
    future::poll_fn,
    task::{Context, Poll, ready},
};

/// What is read at a time while a handler waits.
const AHEAD: usize = 4096;

/// Pings and Pongs that a waiting handler keeps from their own handlers; with more, reading pauses.
const MAX_DEFERRED: usize = 16;

/// Control frames that are answered before other connections have their turn.
const MAX_FRAMES: u32 = 128;

/// What lies behind the message that a handler is at work on.
#[derive(Default)]
pub(super) struct Ahead<'b> {
    /// The rest of the batch.
    pub(super) rest: &'b mut [u8],
    /// What was read while the handler waited; `rest` is used up when there is any.
    pub(super) extra: Vec<u8>,
    /// Control frames that were answered, and that their handlers don't know of yet.
    pub(super) deferred: VecDeque<(Event, Vec<u8>)>,
    /// The handler is that of `close`.
    pub(super) in_close: bool,
}

impl Ahead<'_> {
    pub(super) fn has_input(&self) -> bool {
        !self.rest.is_empty() || !self.extra.is_empty()
    }
}

impl Line {
    /// Waits for a handler's end. Meanwhile what it sent goes out, control frames are answered,
    /// and the connection's end is noticed; reading stops at the next message.
    pub(super) async fn attend(&mut self, running: Running<'_>, ahead: &mut Ahead<'_>) -> Handled {
        match running {
            Running::Done(outcome) => outcome,
            Running::Waiting(mut waiting) => {
                self.report_memory(buffer::SIZE);
                let began = self.now();
                let outcome = poll_fn(|cx| self.poll_handler(cx, &mut waiting, ahead)).await;
                // The client could not go on with a message.
                let passed = self.now().wrapping_sub(began);
                self.inbound.postpone_message(passed);
                waiting.finish(outcome)
            }
        }
    }

    fn poll_handler(
        &mut self,
        cx: &mut Context<'_>,
        waiting: &mut Waiting<'_>,
        ahead: &mut Ahead<'_>,
    ) -> Poll<Handled> {
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
            if self.is_cancelled(ahead.in_close) {
                return Poll::Ready(Ok(()));
            }
            if self.seen > Life::Open && self.member.was_nudged() {
                // The closing handshake takes too long, whatever the handler does.
                self.reset();
            }
            self.judge(true);
            let owed = ready!(self.member.poll_owed(cx, self.seen, true, &mut writable));
            self.see_in_handler(owed);
        }
    }

    /// Whether a handler that waits is to be dropped. A `close` handler has the time that the
    /// shutdown leaves it.
    fn is_cancelled(&self, in_close: bool) -> bool {
        let phase = self.endpoint.phase();
        if in_close {
            phase == Phase::Aborting
        } else {
            phase >= Phase::Cancelling || self.member.drops_handler()
        }
    }

    /// The end of a connection doesn't wait for a handler: others see it at once, and so does
    /// the handler, if it looks.
    pub(super) fn see_in_handler(&mut self, owed: Owed) {
        if let Owed::Life(life) = owed {
            self.seen = life;
            self.end();
        }
    }

    /// Takes control frames from what lies ahead, and reads on while there is nothing else.
    fn read_ahead(&mut self, cx: &mut Context<'_>, ahead: &mut Ahead<'_>) {
        let mut frames = 0;
        while self.seen == Life::Open
            && !self.member.is_ending()
            && ahead.deferred.len() < MAX_DEFERRED
            && !self.is_exhausted()
        {
            if frames == MAX_FRAMES {
                cx.waker().wake_by_ref();
                return;
            }
            let input = if ahead.extra.is_empty() {
                &mut *ahead.rest
            } else {
                &mut ahead.extra[..]
            };
            let used = match self.inbound.next_control(input) {
                Control::Frame(opcode, range) => {
                    let end = range.end;
                    frames += 1;
                    self.count_control(opcode, end);
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
        let mut buffer = Buffer::take();
        let space = &mut buffer.space()[..AHEAD];
        match ready!(self.member.transport().poll_read(cx, space)) {
            Ok(0) | Err(_) => self.member.abort(),
            Ok(read) => extra.extend_from_slice(&space[..read]),
        }
        Poll::Ready(())
    }

    /// A control frame that came while a handler waits: its own handler has to wait, too.
    fn answer(
        &mut self,
        opcode: Opcode,
        payload: &[u8],
        deferred: &mut VecDeque<(Event, Vec<u8>)>,
    ) {
        let (event, is_handled) = match opcode {
            Opcode::Close => return self.answer_close(payload),
            Opcode::Ping => (self.answer_ping(payload), self.handles_pings),
            _ => (Event::Pong, self.handles_pongs),
        };
        if is_handled {
            deferred.push_back((event, payload.to_vec()));
        }
    }
}
