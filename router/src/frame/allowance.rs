//! Limits on the number of messages and bytes that a client may send per unit of time.

use std::time::Duration;
use tokio::time::Instant;

/// The remaining allowance of a client. Only connections with a limit have an allowance.
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

    /// The time at which the client may send again; `None` if it may send now.
    pub(crate) fn exhausted_until(&self) -> Option<Instant> {
        let buckets = [&self.messages, &self.bytes].into_iter().flatten();
        let at = buckets.map(Bucket::ready_at).max()?;
        (at > Instant::now()).then_some(at)
    }
}

/// A token bucket, implemented as in the generic cell rate algorithm: it stores only the time at which
/// the bucket is full again, not the number of tokens.
#[derive(Debug)]
pub(crate) struct Bucket {
    /// The time for 1,000,000,000 units, in nanoseconds.
    nanos_per_billion: u128,
    /// The time in which an empty bucket gains all its units except one. A unit is available if the bucket is
    /// full again within this time.
    burst: Duration,
    full_at: Instant,
}

impl Bucket {
    /// Creates a full bucket that gains `count` units per `period` and holds at most `burst` units.
    /// Neither number is zero.
    pub(crate) fn new(count: u64, period: Duration, burst: u64) -> Self {
        let mut bucket = Self {
            nanos_per_billion: period.as_nanos() * 1_000_000_000 / u128::from(count.max(1)),
            burst: Duration::ZERO,
            full_at: Instant::now(),
        };
        bucket.burst = bucket.time_of(burst.saturating_sub(1));
        bucket
    }

    fn time_of(&self, units: u64) -> Duration {
        let nanos = self.nanos_per_billion.saturating_mul(units.into()) / 1_000_000_000;
        // At most a year, because the result is added to an `Instant`.
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)).min(LONGEST)
    }

    /// Takes units out, if necessary more than the bucket contains, because a large message is read as
    /// a whole.
    fn spend(&mut self, units: u64, now: Instant) {
        self.full_at = self.full_at.max(now) + self.time_of(units);
    }

    /// The time at which a unit is available.
    fn ready_at(&self) -> Instant {
        // On a machine that has just started, an `Instant` may be unable to represent so early a time.
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
        /// Compares the bucket with a model that counts tokens.
        #[test]
        fn allows_what_a_bucket_of_tokens_allows(
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
                // Close to one token, the two may differ because of rounding.
                if (tokens - 1.0).abs() > 0.001 {
                    prop_assert_eq!(bucket.ready_at() <= now, tokens > 1.0, "{} tokens", tokens);
                }
                bucket.spend(units, now);
                tokens -= units as f64;
            }
        }
    }
}
