//! Rate limits: `rate_limit`, `byte_rate` and `on_flood`.

/// A number per second or minute: messages for [`Options::rate_limit`](crate::Options::rate_limit),
/// bytes for [`Options::byte_rate`](crate::Options::byte_rate).
///
/// The number must be more than zero and at most 4,294,967,295. `#[websocket(…)]` reports any other
/// number at compile time; in options that are written by hand, it is an error at start-up.
///
/// # Examples
///
/// ```
/// use router::{Options, Rate};
///
/// const OPTIONS: Options = Options::DEFAULT
///     .rate_limit(Rate::per_second(50))
///     .byte_rate(Rate::per_minute(60 * 1024 * 1024));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Messages or bytes per period.
    pub(crate) count: u64,
    /// The period in milliseconds; 0 in [`NONE`](Self::NONE) only.
    pub(crate) period_ms: u64,
}

impl Rate {
    /// No limit: the default of `rate_limit` and `byte_rate`. `NONE` removes the limit that a base such as
    /// [`Options::HARDENED`](crate::Options::HARDENED) sets.
    pub const NONE: Self = Self {
        count: 0,
        period_ms: 0,
    };

    /// `count` messages or bytes per second, written as `"50/s"` in an attribute.
    pub const fn per_second(count: u64) -> Self {
        Self {
            count,
            period_ms: 1_000,
        }
    }

    /// `count` messages or bytes per minute, written as `"3000/m"` in an attribute.
    pub const fn per_minute(count: u64) -> Self {
        Self {
            count,
            period_ms: 60_000,
        }
    }

    /// Whether there is a limit.
    pub(crate) const fn is_given(self) -> bool {
        self.period_ms > 0
    }
}

/// How to treat a client that sends more than `rate_limit` or `byte_rate` allows (`on_flood`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnFlood {
    /// The server reads from the connection only as fast as the limits allow. Nothing is lost, because
    /// TCP makes the client wait. The default.
    Slow,
    /// The connection ends with 1008 (policy violation).
    Close,
}
