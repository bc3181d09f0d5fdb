//! Checks for options that are out of range, contradict each other, or do nothing.
//!
//! All checks except those of `origins` and `protocols` can be evaluated at compile time. If the value of an
//! option in an attribute is a named constant, the macro cannot check the value itself, so the generated
//! code asserts these checks ([`__private`](crate::__private)).

use super::{OnFlood, OnSlow, Options, Rate};
use crate::websocket::{Compression, handshake::access};
use std::fmt;

/// An option that cannot be used.
#[derive(Clone, Copy)]
pub(crate) struct InvalidOption {
    /// The name of the option, as it is written in an attribute.
    pub(crate) name: &'static str,
    pub(crate) problem: &'static str,
    /// The value and its unit, if the problem is the value.
    pub(crate) found: Option<(u64, &'static str)>,
}

impl InvalidOption {
    const fn new(name: &'static str, problem: &'static str) -> Self {
        Self {
            name,
            problem,
            found: None,
        }
    }
}

impl fmt::Display for InvalidOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.problem)?;
        match self.found {
            Some((value, unit)) => write!(f, ", it is {value}{unit}"),
            None => Ok(()),
        }
    }
}

/// An option and its largest value.
macro_rules! limit {
    ($name:literal, $value:expr, $max:expr, $max_in_words:literal, $unit:literal) => {
        Limit {
            value: $value,
            max: $max,
            invalid: InvalidOption {
                name: $name,
                problem: concat!("`", $name, "` must be at most ", $max_in_words),
                found: Some(($value, $unit)),
            },
        }
    };
    ($name:literal, $value:expr, bytes) => {
        limit!(
            $name,
            $value,
            Options::MAX_BYTES,
            "4294967295 bytes",
            " bytes"
        )
    };
    ($name:literal, $value:expr, idle) => {
        limit!(
            $name,
            $value,
            Options::MAX_IDLE_TIMEOUT_MS,
            "960 seconds",
            " ms"
        )
    };
    ($name:literal, $value:expr, lifetime) => {
        limit!($name, $value, Options::MAX_LIFETIME_MS, "30 days", " ms")
    };
    ($name:literal, $value:expr, count) => {
        limit!($name, $value, u32::MAX as u64, "4294967295", "")
    };
}

struct Limit {
    value: u64,
    max: u64,
    /// The problem to report if the value is larger.
    invalid: InvalidOption,
}

impl Options {
    /// Describes the first option that is out of range, contradicts another option or does nothing. The
    /// attribute reports most of these problems at compile time. Options that are written by hand, and
    /// lists that are constants, are checked when the server starts.
    pub(crate) fn fault(&self) -> Option<String> {
        self.invalid_value()
            .or_else(|| self.contradiction())
            .map(|invalid| invalid.to_string())
            .or_else(|| access::fault(self))
    }

    /// The first option whose value is not allowed, regardless of the other options.
    pub(crate) const fn invalid_value(&self) -> Option<InvalidOption> {
        let limits = [
            limit!("max_payload_length", self.max_payload_length, bytes),
            limit!("idle_timeout", self.idle_timeout_ms, idle),
            limit!("backpressure_limit", self.backpressure_limit, bytes),
            limit!("compress_threshold", self.compress_threshold, bytes),
            limit!("ping_interval", self.ping_interval_ms, idle),
            limit!("pong_timeout", self.pong_timeout_ms, idle),
            limit!("max_lifetime", self.max_lifetime_ms, lifetime),
            limit!("max_connections", self.max_connections, count),
            limit!("max_subscriptions", self.max_subscriptions, count),
            limit!("message_timeout", self.message_timeout_ms, lifetime),
            limit!("max_inflation_ratio", self.max_inflation_ratio, count),
            limit!("rate_limit", self.rate_limit.count, count),
            limit!("burst", self.burst, count),
            limit!("byte_rate", self.byte_rate.count, bytes),
        ];
        let mut at = 0;
        while at < limits.len() {
            if limits[at].value > limits[at].max {
                return Some(limits[at].invalid);
            }
            at += 1;
        }
        if is_zero(self.rate_limit) {
            Some(InvalidOption::new(
                "rate_limit",
                "`rate_limit` must be more than zero",
            ))
        } else if is_zero(self.byte_rate) {
            Some(InvalidOption::new(
                "byte_rate",
                "`byte_rate` must be more than zero",
            ))
        } else {
            self.invalid_deflate()
        }
    }

    const fn invalid_deflate(&self) -> Option<InvalidOption> {
        let deflate = self.per_message_deflate;
        if !deflate.enabled {
            return None;
        }
        let name = "per_message_deflate";
        if matches!(deflate.decompress, Compression::Disabled) {
            return Some(InvalidOption::new(
                name,
                "`decompress` cannot be disabled: once permessage-deflate is negotiated, a client may \
                 compress any message it sends",
            ));
        }
        if deflate.level < 1 || deflate.level > 9 {
            return Some(InvalidOption {
                found: Some((deflate.level, "")),
                ..InvalidOption::new(name, "`level` must be from 1 to 9")
            });
        }
        None
    }

    /// The first option that does nothing, or that contradicts another option.
    pub(crate) const fn contradiction(&self) -> Option<InvalidOption> {
        let has_pings = self.ping_interval_ms > 0 || (self.send_pings && self.idle_timeout_ms > 0);
        let is_limited = self.rate_limit.is_given() || self.byte_rate.is_given();
        let (name, problem) = if self.ping_interval_ms > 0 && !self.send_pings {
            (
                "ping_interval",
                "`ping_interval` and `send_pings = false` contradict each other",
            )
        } else if self.pong_timeout_ms > 0 && !has_pings {
            (
                "pong_timeout",
                "`pong_timeout` does nothing if no pings are sent",
            )
        } else if self.backpressure_limit == 0 && !matches!(self.on_slow, OnSlow::Drop) {
            (
                "on_slow",
                "`on_slow` does nothing if `backpressure_limit` is 0",
            )
        } else if self.compress_threshold != Self::DEFAULT.compress_threshold
            && !self.per_message_deflate.enabled
        {
            (
                "compress_threshold",
                "`compress_threshold` does nothing without `per_message_deflate`",
            )
        } else if self.max_inflation_ratio > 0 && !self.per_message_deflate.enabled {
            (
                "max_inflation_ratio",
                "`max_inflation_ratio` does nothing without `per_message_deflate`",
            )
        } else if self.burst > 0 && !self.rate_limit.is_given() {
            (
                "burst",
                "`burst` does nothing without a rate limit: `rate_limit` is not set, or is `Rate::NONE`",
            )
        } else if !matches!(self.on_flood, OnFlood::Slow) && !is_limited {
            (
                "on_flood",
                "`on_flood` does nothing without a rate limit: `rate_limit` and `byte_rate` are not set, or are `Rate::NONE`",
            )
        } else {
            return None;
        };
        Some(InvalidOption::new(name, problem))
    }
}

const fn is_zero(rate: Rate) -> bool {
    rate.is_given() && rate.count == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PerMessageDeflate;

    const DEFAULT: Options = Options::DEFAULT;
    const DEFLATE: PerMessageDeflate = PerMessageDeflate::ON;
    const RATE: Rate = Rate::per_second(1);

    #[test]
    fn a_fault_names_the_option() {
        for (options, name) in [
            (DEFAULT.idle_timeout_ms(960_001), "idle_timeout"),
            (DEFAULT.backpressure_limit(1 << 32), "backpressure_limit"),
            (DEFAULT.max_lifetime_ms(1 << 40), "max_lifetime"),
            (DEFAULT.message_timeout_ms(1 << 40), "message_timeout"),
            (DEFAULT.max_connections(1 << 32), "max_connections"),
            (DEFAULT.compress_threshold(1), "compress_threshold"),
            (DEFAULT.max_inflation_ratio(1), "max_inflation_ratio"),
            (
                DEFAULT
                    .per_message_deflate(DEFLATE)
                    .max_inflation_ratio(1 << 32),
                "max_inflation_ratio",
            ),
            (DEFAULT.rate_limit(Rate::per_second(0)), "rate_limit"),
            (DEFAULT.rate_limit(Rate::per_minute(1 << 32)), "rate_limit"),
            (DEFAULT.byte_rate(Rate::per_minute(0)), "byte_rate"),
            (DEFAULT.byte_rate(Rate::per_second(1 << 32)), "byte_rate"),
            (DEFAULT.burst(1), "burst"),
            (DEFAULT.byte_rate(RATE).burst(1), "burst"),
            (DEFAULT.rate_limit(RATE).burst(1 << 32), "burst"),
            (DEFAULT.on_flood(OnFlood::Close), "on_flood"),
            (
                DEFAULT.backpressure_limit(0).on_slow(OnSlow::DropOldest),
                "on_slow",
            ),
            (DEFAULT.per_message_deflate(DEFLATE.level(0)), "level"),
            (DEFAULT.per_message_deflate(DEFLATE.level(10)), "level"),
            (
                DEFAULT.per_message_deflate(DEFLATE.decompress(Compression::Disabled)),
                "decompress",
            ),
            (
                DEFAULT.ping_interval_ms(1).send_pings(false),
                "ping_interval",
            ),
            (DEFAULT.pong_timeout_ms(1).send_pings(false), "pong_timeout"),
            (
                DEFAULT.pong_timeout_ms(1).idle_timeout_ms(0),
                "pong_timeout",
            ),
            (DEFAULT.origins(&["*", "same-origin"]), "origins"),
            (DEFAULT.origins(&["*", "*"]), "origins"),
            (DEFAULT.origins(&["https://a.example/"]), "origins"),
            (
                DEFAULT.origins(&["https://a.example", "https://a.example"]),
                "origins",
            ),
            (DEFAULT.protocols(&["chat v2"]), "protocols"),
            (DEFAULT.protocols(&["chat", "chat"]), "protocols"),
        ] {
            let fault = options.fault().unwrap_or_default();
            assert!(fault.contains(&format!("`{name}`")), "{name}: {fault}");
        }
    }

    #[test]
    fn a_fault_is_a_sentence() {
        for (options, text) in [
            (
                DEFAULT.max_payload_length(1 << 32),
                "`max_payload_length` must be at most 4294967295 bytes, it is 4294967296 bytes",
            ),
            (
                DEFAULT.idle_timeout_ms(960_001),
                "`idle_timeout` must be at most 960 seconds, it is 960001 ms",
            ),
            (
                DEFAULT.max_connections(1 << 32),
                "`max_connections` must be at most 4294967295, it is 4294967296",
            ),
            (
                DEFAULT.per_message_deflate(DEFLATE.level(10)),
                "`level` must be from 1 to 9, it is 10",
            ),
            (
                DEFAULT.rate_limit(Rate::per_second(0)),
                "`rate_limit` must be more than zero",
            ),
        ] {
            assert_eq!(options.fault().as_deref(), Some(text));
        }
    }

    #[test]
    fn options_that_go_together_have_no_fault() {
        for options in [
            DEFAULT,
            Options::HARDENED,
            Options::HARDENED.burst(1).on_flood(OnFlood::Close),
            Options::HARDENED.rate_limit(Rate::NONE),
            DEFAULT.on_flood(OnFlood::Slow).burst(0),
            DEFAULT.byte_rate(RATE).on_flood(OnFlood::Close),
            DEFAULT
                .per_message_deflate(DEFLATE)
                .max_inflation_ratio(100),
            DEFAULT.message_timeout_ms(Options::MAX_LIFETIME_MS),
            DEFAULT.message_timeout_ms(0),
            DEFAULT.per_message_deflate(DEFLATE).compress_threshold(0),
            DEFAULT
                .idle_timeout_ms(0)
                .ping_interval_ms(10)
                .pong_timeout_ms(5),
            DEFAULT.origins(&["*"]),
            DEFAULT.origins(&[
                "same-origin",
                "no-origin",
                "https://*.a.example:8443",
                "https://a.example:8443",
                "chrome-extension://abc",
            ]),
            DEFAULT.protocols(&["chat.v2", "chat.v1"]),
        ] {
            assert_eq!(options.fault(), None, "{options:?}");
        }
    }

    #[test]
    fn limits_in_words_are_the_limits() {
        assert_eq!(Options::MAX_BYTES, 4_294_967_295);
        assert_eq!(Options::MAX_IDLE_TIMEOUT_MS, 960 * 1000);
        assert_eq!(Options::MAX_LIFETIME_MS, 30 * 86_400 * 1000);
    }
}
