//! Handling of clients that exceed `rate_limit` or `byte_rate`.

use super::session_io::SessionIo;
use crate::{
    frame::{Incoming, Opcode},
    outbox::{Activity, Life, Owed},
    websocket::OnFlood,
};
use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep_until};

/// How often a paused connection is checked, because the client may have disconnected.
const LOOK: Duration = Duration::from_secs(1);

impl SessionIo {
    /// Counts a received item, which took `bytes` on the wire, against the client's limits. Returns
    /// whether the item counts as a message.
    pub(super) fn count(&mut self, item: &Incoming, bytes: usize) -> bool {
        let is_counted = match item {
            Incoming::Message { .. } | Incoming::Compressed { .. } | Incoming::Ping(_) => true,
            // A Pong counts only if the module handles Pongs.
            Incoming::Pong(_) => self.handles_pongs,
            Incoming::Close(_) => false,
        };
        self.inbound.spend(is_counted.into(), bytes);
        is_counted
    }

    /// Counts a control frame that was received while a handler is pending, like `count`.
    pub(super) fn count_control(&mut self, opcode: Opcode, bytes: usize) {
        let is_counted = opcode == Opcode::Ping || opcode == Opcode::Pong && self.handles_pongs;
        self.inbound.spend(is_counted.into(), bytes);
    }

    /// Whether the client has used up its allowance for now.
    pub(super) fn is_exhausted(&self) -> bool {
        self.inbound.exhausted_until().is_some()
    }

    /// Whether the session has to wait before it handles the next message.
    pub(super) fn pauses(&self) -> bool {
        self.paused_until().is_some()
    }

    /// The time until which reading is paused; `None` if it is not.
    pub(super) fn paused_until(&self) -> Option<Instant> {
        match self.endpoint.options.on_flood {
            OnFlood::Slow if self.seen == Life::Open => self.inbound.exhausted_until(),
            _ => None,
        }
    }

    /// Waits without reading. Meanwhile the queue is written, and the end of the connection is noticed.
    /// Returns early when a backlog has been written, with the number of published messages that the
    /// client missed because of it.
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
                        // The client seemed silent only because nothing was read.
                        self.stamp();
                    }
                    return Poll::Ready(None);
                }
                let next = until.min(Instant::now() + LOOK);
                sleep.as_mut().reset(next);
                continue;
            }
            // The timeouts for a silent client are suspended during a pause, except when the client has
            // closed its side. In that case the timeouts limit how long its remaining input is processed.
            self.judge(!is_gone);
            match ready!(self.member.poll_owed(cx, self.seen, Activity::Reading).owed) {
                Owed::Drain { missed } => return Poll::Ready(Some(missed)),
                owed => self.see_in_handler(owed),
            }
        }
    }
}
