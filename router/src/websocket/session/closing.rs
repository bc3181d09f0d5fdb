//! Completing the closing handshake and closing the stream.

use super::{buffer::Buffer, session_io::SessionIo};
use crate::{
    outbox::{Activity, Life, Polled, Wire},
    websocket::endpoint::Phase,
};
use std::{
    future::poll_fn,
    task::{Context, Poll, ready},
};

/// How long a client that keeps reading can prolong the close, as a multiple of the closing timeout.
const LONGEST_CLOSE: u64 = 12;

impl SessionIo {
    /// Writes the queue, the Close frame last, and waits until both sides have closed the stream.
    ///
    /// Input is read and discarded: the system resets a stream that is dropped with unread bytes,
    /// and data that was already written may then be lost. When the closing timeout expires, the
    /// connection is reset.
    pub(super) async fn closing(&mut self) {
        self.restart_closing_clock();
        let mut at_end = false;
        // The timeout restarts whenever the client takes more bytes, until this tick.
        let latest = self.endpoint.tick() + LONGEST_CLOSE * u64::from(self.endpoint.ticks.close);
        poll_fn(|cx| self.poll_closing(cx, &mut at_end, latest)).await;
    }

    fn poll_closing(&mut self, cx: &mut Context<'_>, at_end: &mut bool, latest: u64) -> Poll<()> {
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
            let Polled { owed, writable } =
                self.member.poll_owed(cx, self.seen, Activity::InHandler);
            if writable && tick < latest {
                self.restart_closing_clock();
            }
            let owed = ready!(owed);
            self.see_in_handler(owed);
        }
    }

    /// Reads and discards input until the stream ends.
    fn poll_discard(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut buffer = Buffer::take();
        while let Ok(1..) = ready!(self.member.transport().poll_read(cx, buffer.space())) {}
        Poll::Ready(())
    }
}
