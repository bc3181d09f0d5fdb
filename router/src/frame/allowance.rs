//! How much a client may send per time.

use std::time::Duration;
use tokio::time::Instant;

/// What a client may still send. Only connections with a limit have one.
#[derive(Debug)]
pub(crate) struct Allowance {
    pub(crate) messages: Option<Bucket>,
    pub(crate) bytes: Option<Bucket>,
}

impl Allowance {
    /// Counts messages, or control frames, and the bytes that they took on the wire.
    pub(crate) fn spend(&mut self, messages: u32, bytes: usize) {
        let now = Instant::now();
        let spend = |bucket: &mut Option<Bucket>, units| {
            if let Some(bucket) = bucket {
                bucket.spend(units, now);
            }
        };
        spend(&mut self.messages, messages.into());
        spend(&mut self.bytes, bytes as u64);
    }

    /// Until when nothing more may come; `None` if it may now.
    pub(crate) fn exhausted_until(&self) -> Option<Instant> {
        let buckets = [&self.messages, &self.bytes].into_iter().flatten();
        let at = buckets.map(Bucket::ready_at).max()?;
        (at > Instant::now()).then_some(at)
    }
}

/// A token bucket, as the generic cell rate algorithm has it: of the tokens only the time is stored at
/// which all of them are there again.
#[derive(Debug)]
pub(crate) struct Bucket {
    /// How long a thousand million units take.
    billion: u128,
    /// How long the bucket takes to fill, less one unit: what may be spent at once.
    burst: Duration,
    full_at: Instant,
}

impl Bucket {
    /// A full bucket that gets `count` units per `period`, and has room for `burst`. Neither number is
    /// zero.
    pub(crate) fn new(count: u64, period: Duration, burst: u64) -> Self {
        let mut bucket = Self {
            billion: period.as_nanos() * 1_000_000_000 / u128::from(count.max(1)),
            burst: Duration::ZERO,
            full_at: Instant::now(),
        };
        bucket.burst = bucket.time_of(burst.saturating_sub(1));
        bucket
    }

    fn time_of(&self, units: u64) -> Duration {
        let nanos = self.billion.saturating_mul(units.into()) / 1_000_000_000;
        // At most a year: it is added to the time of day.
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)).min(LONGEST)
    }

    /// Takes units out, more than there are if need be: a large message is read as a whole.
    fn spend(&mut self, units: u64, now: Instant) {
        self.full_at = self.full_at.max(now) + self.time_of(units);
    }

    /// When there is a unit again.
    fn ready_at(&self) -> Instant {
        // On a machine that was just started there may be no time so long ago.
        self.full_at
            .checked_sub(self.burst)
            .unwrap_or_else(Instant::now)
    }
}

const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_burst_may_come_at_once_and_then_as_much_as_the_rate_says() {
        let start = Instant::now();
        let mut bucket = Bucket::new(50, Duration::from_secs(1), 100);
        bucket.full_at = start;
        for message in 0..200_u32 {
            let expected = start + Duration::from_millis(20) * message.saturating_sub(99);
            let at = bucket.ready_at().max(start);
            assert_eq!(at, expected, "message {message}");
            bucket.spend(1, at);
        }
    }

    proptest! {
        /// The model: tokens that are counted.
        #[test]
        fn it_is_a_bucket_of_tokens(
            count in 1..1_000_u64,
            seconds in 1..60_u64,
            burst in 1..1_000_u64,
            steps in proptest::collection::vec((0..2_000_u64, 0..50_u64), 1..50),
        ) {
            let mut now = Instant::now();
            let mut bucket = Bucket::new(count, Duration::from_secs(seconds), burst);
            bucket.full_at = now;
            let per_ms = count as f64 / (seconds * 1_000) as f64;
            let mut tokens = burst as f64;
            for (ms, units) in steps {
                now += Duration::from_millis(ms);
                tokens = (tokens + per_ms * ms as f64).min(burst as f64);
                // At the edge the two may differ by what was rounded.
                if (tokens - 1.0).abs() > 0.001 {
                    prop_assert_eq!(bucket.ready_at() <= now, tokens > 1.0, "{} tokens", tokens);
                }
                bucket.spend(units, now);
                tokens -= units as f64;
            }
        }
    }
}
