//! The options of `#[websocket(…)]`.

use std::time::Duration;

/// The options of a module's sockets: what `#[websocket(…)]` sets, as a builder of constants.
///
/// # Examples
///
/// ```
/// use router::Options;
///
/// const OPTIONS: Options = Options::DEFAULT
///     .max_payload_length(64 * 1024)
///     .idle_timeout_ms(30_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Options {
    pub(crate) max_payload_length: u64,
    pub(crate) idle_timeout_ms: u64,
    pub(crate) backpressure_limit: u64,
    pub(crate) close_on_backpressure_limit: bool,
    pub(crate) send_pings: bool,
    pub(crate) publish_to_self: bool,
}

impl Options {
    /// The seed's defaults, which are Bun's.
    pub const DEFAULT: Self = Self {
        max_payload_length: 16 * 1024 * 1024,
        idle_timeout_ms: 120_000,
        backpressure_limit: 16 * 1024 * 1024,
        close_on_backpressure_limit: false,
        send_pings: true,
        publish_to_self: false,
    };

    /// The longest `idle_timeout`: 960 seconds.
    pub const MAX_IDLE_TIMEOUT_MS: u64 = 960_000;

    /// The largest `max_payload_length` and `backpressure_limit`: 4 GiB less one byte.
    pub const MAX_BYTES: u64 = u32::MAX as u64;

    /// The largest message that is taken, in bytes, fragments together; a larger one ends the
    /// connection with 1009. Default 16 MiB; 0 takes empty messages only.
    pub const fn max_payload_length(mut self, bytes: u64) -> Self {
        self.max_payload_length = bytes;
        self
    }

    /// How long a client may be silent, in milliseconds, before the connection ends with 1001.
    /// Default 120,000; 0 is for ever; at most [`MAX_IDLE_TIMEOUT_MS`](Self::MAX_IDLE_TIMEOUT_MS).
    ///
    /// Only what arrives counts: what the server sends proves nothing about the client. The clock
    /// stands still while a handler is at work.
    pub const fn idle_timeout_ms(mut self, ms: u64) -> Self {
        self.idle_timeout_ms = ms;
        self
    }

    /// How many bytes may wait for a slow client, before messages to it are dropped. Default
    /// 16 MiB; 0 is no limit. The check is made before a message is queued: one may overshoot.
    pub const fn backpressure_limit(mut self, bytes: u64) -> Self {
        self.backpressure_limit = bytes;
        self
    }

    /// Whether a message dropped for `backpressure_limit` also ends the connection: the backlog
    /// is sent, then 1013 (try again later). Default `false`.
    pub const fn close_on_backpressure_limit(mut self, close: bool) -> Self {
        self.close_on_backpressure_limit = close;
        self
    }

    /// Whether a silent client is pinged shortly before `idle_timeout`, so that one that lives
    /// stays. Default `true`.
    pub const fn send_pings(mut self, send: bool) -> Self {
        self.send_pings = send;
        self
    }

    /// Whether [`Socket::publish`](crate::Socket::publish) also reaches the socket it is called
    /// on, if that is subscribed. Default `false`.
    pub const fn publish_to_self(mut self, publish: bool) -> Self {
        self.publish_to_self = publish;
        self
    }

    /// The first option that is out of range, with what is wrong. The attribute finds this at
    /// compile time; options that are written by hand are looked at when the server starts.
    pub(crate) fn fault(&self) -> Option<String> {
        let Self {
            max_payload_length,
            idle_timeout_ms,
            backpressure_limit,
            ..
        } = *self;
        let too_large = |name, value, max: u64, unit| {
            (value > max).then(|| format!("`{name}` must be at most {max} {unit}, it is {value}"))
        };
        too_large(
            "max_payload_length",
            max_payload_length,
            Self::MAX_BYTES,
            "bytes",
        )
        .or_else(|| {
            let max = Self::MAX_IDLE_TIMEOUT_MS;
            too_large("idle_timeout", idle_timeout_ms, max, "milliseconds")
        })
        .or_else(|| {
            too_large(
                "backpressure_limit",
                backpressure_limit,
                Self::MAX_BYTES,
                "bytes",
            )
        })
    }

    /// After how much silence a ping is sent; `None` for never.
    ///
    /// A margin before `idle_timeout`: 4, 8 or 16 seconds, the longest that is at most a quarter
    /// of it, as Bun has it; half of a timeout that is shorter than 8 seconds.
    pub(crate) fn ping_after(&self) -> Option<Duration> {
        let idle = self.idle_timeout_ms;
        if !self.send_pings || idle == 0 {
            return None;
        }
        let margin = match idle {
            0..8_000 => idle / 2,
            8_000..16_000 => 4_000,
            16_000..32_000 => 8_000,
            _ => 16_000,
        };
        Some(Duration::from_millis(idle - margin))
    }

    /// After how much silence the connection ends; `None` for never.
    pub(crate) fn idle_timeout(&self) -> Option<Duration> {
        (self.idle_timeout_ms > 0).then(|| Duration::from_millis(self.idle_timeout_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pings_come_when_bun_sends_them() {
        for (idle, ping) in [
            (8, 4),
            (12, 8),
            (20, 12),
            (30, 22),
            (32, 16),
            (120, 104),
            (960, 944),
        ] {
            let options = Options::DEFAULT.idle_timeout_ms(idle * 1000);
            assert_eq!(
                options.ping_after(),
                Some(Duration::from_secs(ping)),
                "idle {idle}"
            );
        }
        assert_eq!(
            Options::DEFAULT.idle_timeout_ms(400).ping_after(),
            Some(Duration::from_millis(200))
        );
        assert_eq!(Options::DEFAULT.idle_timeout_ms(0).ping_after(), None);
        assert_eq!(Options::DEFAULT.send_pings(false).ping_after(), None);
    }

    #[test]
    fn a_fault_names_the_option() {
        assert_eq!(Options::DEFAULT.fault(), None);
        let fault = Options::DEFAULT.idle_timeout_ms(960_001).fault().unwrap();
        assert!(fault.contains("`idle_timeout`"), "{fault}");
        let fault = Options::DEFAULT
            .backpressure_limit(1 << 32)
            .fault()
            .unwrap();
        assert!(fault.contains("`backpressure_limit`"), "{fault}");
    }
}
