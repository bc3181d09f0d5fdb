//! Clients that send more than `rate_limit` and `byte_rate` admit.

use super::line::Line;
use crate::{
    frame::{Item, Opcode},
    outbox::Life,
    websocket::OnFlood,
};
use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};
use tokio::time::{Instant, Sleep, sleep_until};
use tungstenite::protocol::frame::coding::CloseCode;

impl Line {
    /// Counts what was read, with the bytes that it took on the wire.
    pub(super) fn count(&mut self, item: &Item, bytes: usize) {
        let messages = match item {
            Item::Message { .. } | Item::Compressed { .. } | Item::Ping(_) => 1,
            // Nobody does anything for it.
            Item::Pong(_) => self.handles_pongs.into(),
            Item::Close(_) => 0,
        };
        self.inbound.spend(messages, bytes);
    }

    /// The same for a control frame that came while a handler waits.
    pub(super) fn count_control(&mut self, opcode: Opcode, bytes: usize) {
        let is_counted = opcode == Opcode::Ping || opcode == Opcode::Pong && self.handles_pongs;
        self.inbound.spend(is_counted.into(), bytes);
    }

    /// Whether the client may send no more for the moment.
    pub(super) fn is_exhausted(&self) -> bool {
        self.inbound.exhausted_until().is_some()
    }

    /// Whether the next message comes too early: then it is not taken. Ends the connection if that is
    /// what the options say.
    pub(super) fn is_flooded(&mut self) -> bool {
        let is_exhausted = self.is_exhausted();
        if is_exhausted && self.endpoint.options.on_flood == OnFlood::Close {
            self.member.close(CloseCode::Policy, "rate limit exceeded");
        }
        is_exhausted
    }

    /// Until when nothing is read.
    pub(super) fn paused_until(&self) -> Option<Instant> {
        match self.endpoint.options.on_flood {
            OnFlood::Slow => self.inbound.exhausted_until(),
            OnFlood::Close => None,
        }
    }

    /// Waits without reading: what was sent goes out, and the connection's end is noticed.
    pub(super) async fn pause(&mut self, until: Instant) {
        let mut sleep = pin!(sleep_until(until));
        poll_fn(|cx| self.poll_pause(cx, sleep.as_mut())).await;
    }

    fn poll_pause(&mut self, cx: &mut Context<'_>, mut sleep: Pin<&mut Sleep>) -> Poll<()> {
        loop {
            if self.seen > Life::Open || sleep.as_mut().poll(cx).is_ready() {
                // The client was not heard because nobody listened.
                self.stamp();
                return Poll::Ready(());
            }
            self.judge(true);
            let owed = ready!(self.member.poll_owed(cx, self.seen, true, &mut false));
            self.see_in_handler(owed);
        }
    }
}
