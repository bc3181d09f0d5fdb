//! Waiting for a pending handler while the rest of its connection keeps working.

use super::{
    buffer::{self, Buffer},
    running::{Handled, Running, Waiting},
    session_io::SessionIo,
};
use crate::{
    frame::{Control, Opcode},
    outbox::{Activity, Life, Owed},
    websocket::{Event, endpoint::Phase},
};
use std::{
    collections::VecDeque,
    future::poll_fn,
    task::{Context, Poll, ready},
};

/// The most bytes per read while a handler is pending.
const AHEAD: usize = 4096;

/// The most Pings and Pongs that wait for their own handlers while another handler is pending. At
/// this number, reading pauses.
const MAX_DEFERRED: usize = 16;

/// The most control frames that are answered before the session yields to other tasks.
const MAX_FRAMES: u32 = 128;

/// The input that follows the message whose handler is running.
#[derive(Default)]
pub(super) struct Ahead<'b> {
    /// The rest of the batch that was read before the handler ran.
    pub(super) rest: &'b mut [u8],
    /// The rest of the batch together with the bytes read while the handler was pending. If this is
    /// not empty, `rest` is empty.
    pub(super) extra: Vec<u8>,
    /// Control frames that were already processed, and whose own handlers have not run yet.
    pub(super) deferred: VecDeque<(Event, Vec<u8>)>,
    /// Whether the handler is the one for `close`.
    pub(super) in_close: bool,
}

impl Ahead<'_> {
    pub(super) fn has_input(&self) -> bool {
        !self.rest.is_empty() || !self.extra.is_empty()
    }
}

impl SessionIo {
    /// Waits until a handler has finished. Meanwhile the messages it sent are written, control
    /// frames are answered, and the end of the connection is noticed. Reading stops at the next
    /// message.
    pub(super) async fn wait_handler(
        &mut self,
        running: Running<'_>,
        ahead: &mut Ahead<'_>,
    ) -> Handled {
        match running {
            Running::Done(outcome) => outcome,
            Running::Waiting(mut waiting) => {
                self.report_memory(buffer::SIZE);
                let began = self.now();
                let outcome = poll_fn(|cx| self.poll_handler(cx, &mut waiting, ahead)).await;
                // Nothing more of a partly received message was read meanwhile, so this time does
                // not count towards the timeout of the message.
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
        if let Some(owed) = self.member.awake(self.seen, Activity::InHandler) {
            self.see_in_handler(owed);
        }
        if let Poll::Ready(outcome) = waiting.poll(cx) {
            // The time that the handler took does not count as the client's silence.
            self.stamp();
            return Poll::Ready(outcome);
        }
        self.read_ahead(cx, ahead);
        loop {
            // Checked before each attempt to wait. A later change wakes the session again.
            if self.is_cancelled(ahead.in_close) {
                return Poll::Ready(Ok(()));
            }
            if self.seen > Life::Open && self.member.was_nudged() {
                // The closing handshake has timed out. This does not depend on the handler.
                self.reset();
            }
            self.judge(true);
            let polled = self.member.poll_owed(cx, self.seen, Activity::InHandler);
            self.see_in_handler(ready!(polled.owed));
        }
    }

    /// Whether a pending handler is to be dropped. A `close` handler may run until the shutdown
    /// aborts the sessions.
    fn is_cancelled(&self, in_close: bool) -> bool {
        let phase = self.endpoint.phase();
        if in_close {
            phase == Phase::Aborting
        } else {
            phase >= Phase::Cancelling || self.member.drops_handler()
        }
    }

    /// Handles the end of the connection immediately, without waiting for the handler. Other tasks
    /// see the end at once. The handler can see the end through `Socket::is_open` and `Socket::closed`.
    pub(super) fn see_in_handler(&mut self, owed: Owed) {
        if let Owed::Life(life) = owed {
            self.seen = life;
            self.end();
        }
    }

    /// Answers the control frames at the front of the input. Reads more input until a data frame follows.
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
                // A data frame, or an invalid frame that is refused when its turn comes.
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

    /// Answers a control frame that was received while a handler is pending. Its own handler runs
    /// later.
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
