//! The options of `#[websocket(…)]`.

use super::{Compression, PerMessageDeflate, access};
use crate::outbox::{Deflation, OnSlow};
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
    pub(crate) on_slow: OnSlow,
    pub(crate) send_pings: bool,
    pub(crate) publish_to_self: bool,
    pub(crate) per_message_deflate: PerMessageDeflate,
    pub(crate) compress_threshold: u64,
    pub(crate) ping_interval_ms: u64,
    pub(crate) pong_timeout_ms: u64,
    pub(crate) max_lifetime_ms: u64,
    pub(crate) origins: &'static [&'static str],
    pub(crate) protocols: &'static [&'static str],
    pub(crate) max_connections: u64,
    pub(crate) max_subscriptions: u64,
}

impl Options {
    /// The seed's defaults, which are Bun's.
    pub const DEFAULT: Self = Self {
        max_payload_length: 16 * 1024 * 1024,
        idle_timeout_ms: 120_000,
        backpressure_limit: 16 * 1024 * 1024,
        on_slow: OnSlow::Drop,
        send_pings: true,
        publish_to_self: false,
        per_message_deflate: PerMessageDeflate::OFF,
        compress_threshold: 256,
        ping_interval_ms: 0,
        pong_timeout_ms: 0,
        max_lifetime_ms: 0,
        origins: &[],
        protocols: &[],
        max_connections: 0,
        max_subscriptions: 1_000,
    };

    /// The longest `idle_timeout`, `ping_interval` and `pong_timeout`: 960 seconds.
    pub const MAX_IDLE_TIMEOUT_MS: u64 = 960_000;

    /// The longest `max_lifetime`: 30 days.
    pub const MAX_LIFETIME_MS: u64 = 30 * 24 * 60 * 60 * 1000;

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
    /// 16 MiB; 0 is no limit. The check is made before a message is queued: one may overshoot. A
    /// published message counts for 96 bytes at least, since that is what it costs while it waits.
    pub const fn backpressure_limit(mut self, bytes: u64) -> Self {
        self.backpressure_limit = bytes;
        self
    }

    /// What happens to a message for a client that has more than `backpressure_limit` waiting.
    /// Default [`OnSlow::Drop`].
    pub const fn on_slow(mut self, on_slow: OnSlow) -> Self {
        self.on_slow = on_slow;
        self
    }

    /// The seed's name for [`on_slow`](Self::on_slow): `true` is [`OnSlow::Close`], `false` is
    /// [`OnSlow::Drop`].
    pub const fn close_on_backpressure_limit(self, close: bool) -> Self {
        self.on_slow(if close { OnSlow::Close } else { OnSlow::Drop })
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

    /// Whether, and how, messages are compressed (RFC 7692; Bun's `perMessageDeflate`).
    /// Default [`PerMessageDeflate::OFF`].
    ///
    /// Once negotiated, a client may compress what it sends; the server compresses messages that
    /// are marked by [`compressed`](crate::compressed).
    pub const fn per_message_deflate(mut self, deflate: PerMessageDeflate) -> Self {
        self.per_message_deflate = deflate;
        self
    }

    /// The shortest message that is compressed, in bytes. Default 256: what is shorter hardly gets
    /// smaller. A publish keeps to the lowest of the app's modules.
    pub const fn compress_threshold(mut self, bytes: u64) -> Self {
        self.compress_threshold = bytes;
        self
    }

    /// How often the client is pinged, in milliseconds, whether it is silent or not: what keeps
    /// proxies from cutting the connection. Default 0: as [`send_pings`](Self::send_pings) says;
    /// at most [`MAX_IDLE_TIMEOUT_MS`](Self::MAX_IDLE_TIMEOUT_MS).
    pub const fn ping_interval_ms(mut self, ms: u64) -> Self {
        self.ping_interval_ms = ms;
        self
    }

    /// How long the client may be silent after a Ping, in milliseconds, before the connection
    /// ends with 1001. Default 0: for ever; at most
    /// [`MAX_IDLE_TIMEOUT_MS`](Self::MAX_IDLE_TIMEOUT_MS).
    ///
    /// The clock starts when the Ping has left, and stands still while a handler is at work.
    /// Anything that arrives is an answer. Until it came, no other Ping is sent.
    pub const fn pong_timeout_ms(mut self, ms: u64) -> Self {
        self.pong_timeout_ms = ms;
        self
    }

    /// How long a connection may last, in milliseconds, before it ends with 1001: so that clients
    /// come back to be authorized, or balanced, anew. Default 0: for ever; at most
    /// [`MAX_LIFETIME_MS`](Self::MAX_LIFETIME_MS).
    pub const fn max_lifetime_ms(mut self, ms: u64) -> Self {
        self.max_lifetime_ms = ms;
        self
    }

    /// The web pages that may connect (RFC 6455 §10.2). Any other handshake is answered 403. Default:
    /// empty, everybody may. An entry is one of
    ///
    /// - an origin as browsers send it, such as `https://example.com`,
    /// - a pattern such as `https://*.example.com`: all hosts below `example.com`, at any depth, but not
    ///   `example.com` itself,
    /// - `same-origin`: the server's own `Host`. Behind a proxy that changes `Host`, list the origin, or
    ///   let the proxy keep it: `X-Forwarded-Host` is not believed, since clients can send it,
    /// - `no-origin`: clients that send no `Origin`, which are no browsers (RFC 6455 §4.2.1): apps and
    ///   devices. The check protects the users of browsers only, so this does not weaken it.
    pub const fn origins(mut self, origins: &'static [&'static str]) -> Self {
        self.origins = origins;
        self
    }

    /// The subprotocols that the server speaks, the best first (RFC 6455 §1.9). The first that the
    /// client offers as well is agreed on, and [`Socket::protocol`](crate::Socket::protocol) says
    /// which; a client that offers none has none, one whose offers don't match is answered 400.
    /// Default: empty.
    pub const fn protocols(mut self, protocols: &'static [&'static str]) -> Self {
        self.protocols = protocols;
        self
    }

    /// How many sockets the module may have at a time; further handshakes are answered 503.
    /// Default 0: no limit.
    pub const fn max_connections(mut self, connections: u64) -> Self {
        self.max_connections = connections;
        self
    }

    /// How many topics a socket may be subscribed to at a time; further
    /// [`subscribe`](crate::Socket::subscribe) calls return `false`. Default 1,000; 0 is no limit.
    pub const fn max_subscriptions(mut self, subscriptions: u64) -> Self {
        self.max_subscriptions = subscriptions;
        self
    }

    /// The first option that is out of range or does nothing, with what is wrong. The attribute
    /// finds most of this at compile time; options that are written by hand, and lists that are
    /// constants, are looked at when the server starts.
    pub(crate) fn fault(&self) -> Option<String> {
        self.range_fault()
            .or_else(|| self.contradiction().map(str::to_owned))
            .or_else(|| self.deflate_fault())
            .or_else(|| access::fault(self))
    }

    /// Options that do not go together.
    pub(crate) const fn contradiction(&self) -> Option<&'static str> {
        let has_pings = self.ping_interval_ms > 0 || (self.send_pings && self.idle_timeout_ms > 0);
        if self.ping_interval_ms > 0 && !self.send_pings {
            Some("`ping_interval` and `send_pings = false` contradict each other")
        } else if self.pong_timeout_ms > 0 && !has_pings {
            Some("`pong_timeout` does nothing where no pings are sent")
        } else if self.backpressure_limit == 0 && !matches!(self.on_slow, OnSlow::Drop) {
            Some("`on_slow` does nothing where `backpressure_limit` is 0")
        } else if self.compress_threshold != Self::DEFAULT.compress_threshold
            && !self.per_message_deflate.enabled
        {
            Some("`compress_threshold` does nothing without `per_message_deflate`")
        } else {
            None
        }
    }

    fn range_fault(&self) -> Option<String> {
        let (bytes, ms) = (Self::MAX_BYTES, Self::MAX_IDLE_TIMEOUT_MS);
        let count = u64::from(u32::MAX);
        [
            (
                "max_payload_length",
                self.max_payload_length,
                bytes,
                "bytes",
            ),
            ("idle_timeout", self.idle_timeout_ms, ms, "milliseconds"),
            (
                "backpressure_limit",
                self.backpressure_limit,
                bytes,
                "bytes",
            ),
            (
                "compress_threshold",
                self.compress_threshold,
                bytes,
                "bytes",
            ),
            ("ping_interval", self.ping_interval_ms, ms, "milliseconds"),
            ("pong_timeout", self.pong_timeout_ms, ms, "milliseconds"),
            (
                "max_lifetime",
                self.max_lifetime_ms,
                Self::MAX_LIFETIME_MS,
                "milliseconds",
            ),
            (
                "max_connections",
                self.max_connections,
                count,
                "connections",
            ),
            (
                "max_subscriptions",
                self.max_subscriptions,
                count,
                "subscriptions",
            ),
        ]
        .into_iter()
        .find(|(_, value, max, _)| value > max)
        .map(|(name, value, max, unit)| {
            format!("`{name}` must be at most {max} {unit}, it is {value}")
        })
    }

    fn deflate_fault(&self) -> Option<String> {
        let deflate = self.per_message_deflate;
        if !deflate.enabled {
            return None;
        }
        if deflate.decompress == Compression::Disabled {
            return Some(
                "`decompress` cannot be disabled: once permessage-deflate is negotiated, a client \
                 may compress whatever it sends"
                    .into(),
            );
        }
        (!(1..=9).contains(&deflate.level))
            .then(|| format!("`level` must be from 1 to 9, it is {}", deflate.level))
    }

    pub(crate) fn deflation(&self) -> Deflation {
        Deflation {
            level: self.per_message_deflate.level as u8,
            threshold: self.compress_threshold as u32,
        }
    }

    /// When pings are sent; `None` for never.
    pub(crate) fn pings(&self) -> Option<Pings> {
        if self.ping_interval_ms > 0 {
            return Some(Pings::Every(Duration::from_millis(self.ping_interval_ms)));
        }
        let idle = self.idle_timeout_ms;
        if !self.send_pings || idle == 0 {
            return None;
        }
        // 4, 8 or 16 seconds, the longest that is at most a quarter of `idle_timeout`, as Bun has
        // it; half of a timeout that is shorter than 8 seconds.
        let margin = match idle {
            0..8_000 => idle / 2,
            8_000..16_000 => 4_000,
            16_000..32_000 => 8_000,
            _ => 16_000,
        };
        Some(Pings::AfterSilence(Duration::from_millis(idle - margin)))
    }
}

/// When pings are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pings {
    /// `send_pings`: once, a margin before `idle_timeout`.
    AfterSilence(Duration),
    /// `ping_interval`.
    Every(Duration),
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
                options.pings(),
                Some(Pings::AfterSilence(Duration::from_secs(ping))),
                "idle {idle}"
            );
        }
        assert_eq!(
            Options::DEFAULT.idle_timeout_ms(400).pings(),
            Some(Pings::AfterSilence(Duration::from_millis(200)))
        );
        assert_eq!(Options::DEFAULT.idle_timeout_ms(0).pings(), None);
        assert_eq!(Options::DEFAULT.send_pings(false).pings(), None);
    }

    #[test]
    fn a_fault_names_the_option() {
        const DEFAULT: Options = Options::DEFAULT;
        const DEFLATE: PerMessageDeflate = PerMessageDeflate::ON;
        assert_eq!(DEFAULT.fault(), None);
        for (options, name) in [
            (DEFAULT.idle_timeout_ms(960_001), "idle_timeout"),
            (DEFAULT.backpressure_limit(1 << 32), "backpressure_limit"),
            (DEFAULT.max_lifetime_ms(1 << 40), "max_lifetime"),
            (DEFAULT.max_connections(1 << 32), "max_connections"),
            (DEFAULT.compress_threshold(1), "compress_threshold"),
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
            (DEFAULT.origins(&["*"]), "origins"),
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
        for options in [
            DEFAULT.per_message_deflate(DEFLATE).compress_threshold(0),
            DEFAULT
                .idle_timeout_ms(0)
                .ping_interval_ms(10)
                .pong_timeout_ms(5),
            DEFAULT.origins(&[
                "same-origin",
                "no-origin",
                "https://*.a.example:8443",
                "https://a.example:8443",
                "chrome-extension://abc",
            ]),
            DEFAULT.protocols(&["chat.v2", "chat.v1"]),
        ] {
            assert_eq!(options.fault(), None);
        }
    }
}
