//! Timeouts, counted in sweeps. In a sweep, the endpoint visits all its sockets. There is one sweep per tick.
//!
//! Timeouts are measured by the number of sweeps, not by elapsed time. A machine that was suspended or a
//! runtime that stalled therefore does not close connections.

use super::{Options, options::Pings};
use std::time::Duration;
use tungstenite::protocol::frame::coding::CloseCode;

/// How long a closing handshake may take before the connection is reset.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// The interval of the checks that free the compressors not used since the previous check.
const COMPRESSOR_IDLE: Duration = Duration::from_secs(10);

/// The timeouts of an endpoint in ticks, rounded up so that none expires early.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ticks {
    pub(crate) period: Duration,
    pub(crate) ping: Option<PingTicks>,
    pub(crate) pong: Option<u32>,
    pub(crate) idle: Option<u32>,
    pub(crate) lifetime: Option<u32>,
    /// The time limit of one message.
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
        // One more, because the current tick has already begun.
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

/// The times at which the session's last events happened, in ticks.
#[derive(Debug)]
pub(crate) struct Clock {
    opened: u32,
    /// The tick of the client's last sign of life.
    heard: u32,
    /// The tick at which the last Ping was sent, or at which the Ping's timer was restarted.
    pinged: u32,
    /// Whether the client has sent nothing since the last Ping.
    unanswered: bool,
}

/// The actions that are due.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The code and reason to close the connection with, if a timeout has expired.
    pub(crate) end: Option<(CloseCode, &'static str)>,
    pub(crate) ping: bool,
    /// The number of ticks until the clock is to be judged again.
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

    /// Records that data from the client was received.
    pub(crate) fn heard(&mut self, now: u32) {
        self.heard = now;
        self.unanswered = false;
    }

    /// Records that a blocked write can continue, because the client has read. The client is therefore
    /// alive, although it may have to read the waiting data before it sends anything. An unanswered Ping
    /// stays unanswered, but the pong timer is restarted.
    pub(crate) fn progressed(&mut self, now: u32) {
        self.heard = now;
        self.restart_pong(now);
    }

    fn restart_pong(&mut self, now: u32) {
        if self.unanswered {
            self.pinged = now;
        }
    }

    /// Returns the actions that are due at `now`. `waits` is whether bytes, which may include a Ping, wait
    /// for the kernel to take them. `message` is the tick at which the message being received began. While a
    /// handler runs, the session may not read, so silence does not show that the client is gone.
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
            // With `pong_timeout`, the next Ping waits for the answer to the previous one.
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
