//! Timeouts, counted in sweeps.
//!
//! A sweep is the only clock that sessions read. It counts sweeps, not time, so that a machine
//! that slept, or a runtime that hung, gives no verdict about clients.

use super::{Options, options::Pings};
use std::time::Duration;
use tungstenite::protocol::frame::coding::CloseCode;

/// How long a closing handshake may take before the connection is reset.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// After how long a compressor that nobody used is freed.
const COMPRESSOR_IDLE: Duration = Duration::from_secs(10);

/// The timeouts of an endpoint in ticks, rounded so that none comes early.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticks {
    pub(crate) period: Duration,
    pub(crate) ping: Option<PingTicks>,
    pub(crate) pong: Option<u32>,
    pub(crate) idle: Option<u32>,
    pub(crate) lifetime: Option<u32>,
    /// For one message.
    pub(crate) message: Option<u32>,
    pub(crate) close: u32,
    pub(crate) compressor: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PingTicks {
    AfterSilence(u32),
    Every(u32),
}

impl Ticks {
    pub(crate) fn new(options: &Options) -> Self {
        let timeout = |ms: u64| (ms > 0).then(|| Duration::from_millis(ms));
        let pings = options.pings();
        let pong = timeout(options.pong_timeout_ms);
        let idle = timeout(options.idle_timeout_ms);
        let lifetime = timeout(options.max_lifetime_ms);
        let message = timeout(options.message_timeout_ms);
        let ping = pings.map(|(Pings::AfterSilence(time) | Pings::Every(time))| time);

        let all = [ping, pong, idle, lifetime, message];
        let shortest = all.into_iter().flatten().min();
        let period = (shortest.unwrap_or(CLOSE_TIMEOUT) / 4)
            .clamp(Duration::from_millis(10), Duration::from_secs(1));
        // The current tick is under way already: one more.
        let ticks = |timeout: Duration| timeout.as_millis().div_ceil(period.as_millis()) as u32 + 1;
        Self {
            period,
            ping: pings.map(|pings| match pings {
                Pings::AfterSilence(time) => PingTicks::AfterSilence(ticks(time)),
                Pings::Every(time) => PingTicks::Every(ticks(time)),
            }),
            pong: pong.map(ticks),
            idle: idle.map(ticks),
            lifetime: lifetime.map(ticks),
            message: message.map(ticks),
            close: ticks(CLOSE_TIMEOUT),
            compressor: ticks(COMPRESSOR_IDLE),
        }
    }
}

/// What a session remembers of time, in ticks.
#[derive(Debug)]
pub(crate) struct Clock {
    opened: u32,
    /// When the client last gave a sign of life.
    heard: u32,
    /// When the last Ping went out.
    pinged: u32,
    /// Nothing was heard since.
    unanswered: bool,
}

/// What time asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Ends the connection, with this code and reason.
    pub(crate) end: Option<(CloseCode, &'static str)>,
    pub(crate) ping: bool,
    /// In how many ticks to ask again.
    pub(crate) next: Option<u32>,
}

impl Clock {
    pub(crate) fn new(now: u32) -> Self {
        Self {
            opened: now,
            heard: now,
            pinged: now,
            unanswered: false,
        }
    }

    /// Something came from the client.
    pub(crate) fn heard(&mut self, now: u32) {
        self.heard = now;
        self.unanswered = false;
    }

    /// The client took bytes: it lives, though its own may be stuck behind them. A Ping that is
    /// among them is not answered by that.
    pub(crate) fn progressed(&mut self, now: u32) {
        self.heard = now;
        self.restart_pong(now);
    }

    fn restart_pong(&mut self, now: u32) {
        if self.unanswered {
            self.pinged = now;
        }
    }

    /// Judges. `waits` says that bytes wait for the kernel, a Ping perhaps among them; `message` is when
    /// the message began that is being received. While a handler is at work nothing is read, and silence
    /// proves nothing.
    pub(crate) fn judge(
        &mut self,
        ticks: &Ticks,
        now: u32,
        waits: bool,
        message: Option<u32>,
        in_handler: bool,
    ) -> Verdict {
        if waits || in_handler {
            self.restart_pong(now);
        }
        let mut next: Option<u32> = None;
        let mut is_due = |since: u32, after: Option<u32>| {
            let Some(after) = after else { return false };
            let passed = now.wrapping_sub(since);
            if passed < after {
                let left = after - passed;
                next = Some(next.map_or(left, |next| next.min(left)));
            }
            passed >= after
        };
        let end = if is_due(self.opened, ticks.lifetime) {
            Some((CloseCode::Away, "lifetime reached"))
        } else if self.unanswered && is_due(self.pinged, ticks.pong) && !in_handler {
            Some((CloseCode::Away, "pong timeout"))
        } else if !in_handler && is_due(self.heard, ticks.idle) {
            Some((CloseCode::Away, "idle timeout"))
        } else if message.is_some_and(|since| is_due(since, ticks.message)) && !in_handler {
            Some((CloseCode::Policy, "message timeout"))
        } else {
            None
        };
        if end.is_some() {
            return Verdict {
                end,
                ..Verdict::default()
            };
        }
        let ping = match ticks.ping {
            // With a timeout, each Ping is waited for.
            _ if self.unanswered && ticks.pong.is_some() => false,
            Some(PingTicks::Every(interval)) => is_due(self.pinged, Some(interval)),
            Some(PingTicks::AfterSilence(silence)) => {
                !in_handler && !self.unanswered && is_due(self.heard, Some(silence))
            }
            None => false,
        };
        if ping {
            self.pinged = now;
            self.unanswered = true;
            is_due(now, ticks.pong);
            if let Some(PingTicks::Every(interval)) = ticks.ping {
                is_due(now, Some(interval));
            }
        }
        Verdict { end, ping, next }
    }
}

#[cfg(test)]
#[path = "timers_tests.rs"]
mod tests;
