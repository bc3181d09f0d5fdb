//! Clients that send more than `rate_limit` and `byte_rate` admit.

use super::line::Line;
use crate::{
    frame::{Item, Opcode},
    outbox::{Life, Owed},
    websocket::OnFlood,
};
use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep_until};

/// How often a client that has to wait is looked at: it may have gone.
const LOOK: Duration = Duration::from_secs(1);

impl Line {
    /// Counts what was read, with the bytes that it took on the wire. Returns whether it counts as a
    /// message.
    pub(super) fn count(&mut self, item: &Item, bytes: usize) -> bool {
        let is_counted = match item {
            Item::Message { .. } | Item::Compressed { .. } | Item::Ping(_) => true,
            // A Pong that nobody handles costs nothing.
            Item::Pong(_) => self.handles_pongs,
            Item::Close(_) => false,
        };
        self.inbound.spend(is_counted.into(), bytes);
        is_counted
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

    /// Whether the next message is left for later.
    pub(super) fn pauses(&self) -> bool {
        self.paused_until().is_some()
    }

    /// Until when nothing is read.
    pub(super) fn paused_until(&self) -> Option<Instant> {
        match self.endpoint.options.on_flood {
            OnFlood::Slow if self.seen == Life::Open => self.inbound.exhausted_until(),
            _ => None,
        }
    }

    /// Waits without reading: what was sent goes out, and the connection's end is noticed. Returns early
    /// if a backlog has left, with the number of published messages that were lost to it.
    pub(super) async fn pause(&mut self, until: Instant) -> Option<u32> {
        let mut sleep = pin!(sleep_until(until.min(Instant::now() + LOOK)));
        poll_fn(|cx| self.poll_pause(cx, until, sleep.as_mut())).await
    }

    fn poll_pause(
        &mut self,
        cx: &mut Context<'_>,
        until: Instant,
        mut sleep: Pin<&mut Sleep>,
    ) -> Poll<Option<u32>> {
        loop {
            if self.seen > Life::Open {
                return Poll::Ready(None);
            }
            let transport = self.member.transport();
            if transport.is_reset() {
                self.member.abort();
                self.seen = Life::Dead;
                return Poll::Ready(None);
            }
            let is_gone = transport.is_read_closed();
            if sleep.as_mut().poll(cx).is_ready() {
                if sleep.deadline() >= until {
                    if !is_gone {
                        // The client was not heard because nobody listened.
                        self.stamp();
                    }
                    return Poll::Ready(None);
                }
                let next = until.min(Instant::now() + LOOK);
                sleep.as_mut().reset(next);
                continue;
            }
            // What a client has left behind is dealt with for no longer than its silence is borne.
            self.judge(!is_gone);
            match ready!(self.member.poll_owed(cx, self.seen, false, &mut false)) {
                Owed::Drain { missed } => return Poll::Ready(Some(missed)),
                owed => self.see_in_handler(owed),
            }
        }
    }
}
