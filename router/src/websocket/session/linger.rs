//! Seeing a connection out.

use super::{buffer::Buffer, line::Line};
use crate::{
    outbox::{Life, Wire},
    websocket::endpoint::Phase,
};
use std::{
    future::poll_fn,
    task::{Context, Poll, ready},
};

/// How many times the closing timeout a client that makes progress may take.
const LONGEST_CLOSE: u64 = 12;

impl Line {
    /// Sees a connection out: what waits is written, the Close frame last, then the stream is
    /// closed. What still comes is thrown away, since a stream that is dropped with unread bytes
    /// takes back what was written. Too long a wait ends in a reset.
    pub(super) async fn linger(&mut self) {
        self.restart_closing_clock();
        let mut at_end = false;
        // A client that takes a byte now and then has time, but not for ever.
        let latest = self.endpoint.tick() + LONGEST_CLOSE * u64::from(self.endpoint.ticks.close);
        poll_fn(|cx| self.poll_linger(cx, &mut at_end, latest)).await;
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
            let is_out = self.seen == Life::Flushed && *at_end;
            if self.seen == Life::Dead
                || is_out && self.member.transport().poll_flush(cx).is_ready()
            {
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
        let mut buffer = Buffer::take();
        while let Ok(1..) = ready!(self.member.transport().poll_read(cx, buffer.space())) {}
        Poll::Ready(())
    }
}
