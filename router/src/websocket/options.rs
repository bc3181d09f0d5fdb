//! The options of `#[websocket(…)]`.

mod checks;

use super::{OnFlood, PerMessageDeflate, Rate};
use crate::{
    frame::{Allowance, Bucket},
    outbox::{Deflation, OnSlow},
};
use std::time::Duration;

/// The options of a module's sockets, which `#[websocket(…)]` sets, as a builder of constants.
///
/// [`guide::limits`](crate::guide::limits) compares the limits among these options with those of the
/// server.
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
    pub(crate) message_timeout_ms: u64,
    pub(crate) max_inflation_ratio: u64,
    pub(crate) rate_limit: Rate,
    /// 0 means the count of `rate_limit`.
    pub(crate) burst: u64,
    pub(crate) byte_rate: Rate,
    pub(crate) on_flood: OnFlood,
}

impl Options {
    /// The default options. An option that Bun also has gets Bun's default.
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
        message_timeout_ms: 300_000,
        max_inflation_ratio: 0,
        rate_limit: Rate::NONE,
        burst: 0,
        byte_rate: Rate::NONE,
        on_flood: OnFlood::Slow,
    };

    /// [`DEFAULT`](Self::DEFAULT) with tighter limits, for sockets that anybody on the internet may open.
    ///
    /// [`guide::limits`](crate::guide::limits) shows the memory that sockets can take with `HARDENED` and
    /// with `DEFAULT`. The differences:
    ///
    /// | option | here | `DEFAULT` |
    /// |---|---|---|
    /// | `max_payload_length` | 64 KiB | 16 MiB |
    /// | `backpressure_limit` | 1 MiB | 16 MiB |
    /// | `max_subscriptions` | 100 | 1,000 |
    /// | `rate_limit` | 100 per second | no limit |
    /// | `message_timeout` | 30 seconds | 300 seconds |
    ///
    /// `#[websocket(options = Options::HARDENED, …)]` starts from these values, and each further option
    /// of the attribute overrides one:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// struct Chat;
    ///
    /// #[websocket(path = "/chat", options = Options::HARDENED, rate_limit = "20/s", burst = 100)]
    /// impl Chat {
    ///     #[on(text)]
    ///     fn text(&self, ws: &mut Socket<()>, text: &str) {
    ///         ws.send(text);
    ///     }
    /// }
    /// ```
    pub const HARDENED: Self = Self::DEFAULT
        .max_payload_length(64 * 1024)
        .backpressure_limit(1024 * 1024)
        .max_subscriptions(100)
        .rate_limit(Rate::per_second(100))
        .message_timeout_ms(30_000);

    /// The longest `idle_timeout`, `ping_interval` and `pong_timeout`: 960 seconds.
    pub const MAX_IDLE_TIMEOUT_MS: u64 = 960_000;

    /// The longest `max_lifetime` and `message_timeout`: 30 days.
    pub const MAX_LIFETIME_MS: u64 = 30 * 24 * 60 * 60 * 1000;

    /// The largest `max_payload_length` and `backpressure_limit`: 4 GiB less one byte.
    pub const MAX_BYTES: u64 = u32::MAX as u64;

    /// Closes the connection with code 1009 if a message is longer than `bytes`, counting all its
    /// fragments. Default: 16 MiB; 0 accepts empty messages only.
    pub const fn max_payload_length(mut self, bytes: u64) -> Self {
        self.max_payload_length = bytes;
        self
    }

    /// Closes the connection with code 1001 if the client sends nothing for `ms` milliseconds. Default:
    /// 120,000; 0 disables the timeout; at most [`MAX_IDLE_TIMEOUT_MS`](Self::MAX_IDLE_TIMEOUT_MS).
    ///
    /// The timer is reset by received data, and when a blocked write can continue, which shows that the
    /// client reads. A successful send alone does not show that the client is alive. The timer does not
    /// run while a handler runs.
    pub const fn idle_timeout_ms(mut self, ms: u64) -> Self {
        self.idle_timeout_ms = ms;
        self
    }

    /// The number of bytes that may wait for a slow client before messages to it are dropped.
    /// Default: 16 MiB; 0 disables the limit.
    ///
    /// The limit is checked before a message is queued, so one message may exceed the limit. Published
    /// messages that are sent together may exceed it by at most 8 KiB. A published message counts as at
    /// least 96 bytes, which is the memory it takes while it waits.
    pub const fn backpressure_limit(mut self, bytes: u64) -> Self {
        self.backpressure_limit = bytes;
        self
    }

    /// How to treat a message for a client for which more than `backpressure_limit` bytes wait. Default:
    /// [`OnSlow::Drop`].
    pub const fn on_slow(mut self, on_slow: OnSlow) -> Self {
        self.on_slow = on_slow;
        self
    }

    /// Bun's name for [`on_slow`](Self::on_slow): `true` is [`OnSlow::Close`], `false` is
    /// [`OnSlow::Drop`].
    pub const fn close_on_backpressure_limit(self, close: bool) -> Self {
        self.on_slow(if close { OnSlow::Close } else { OnSlow::Drop })
    }

    /// Whether a silent client is pinged shortly before `idle_timeout`, so that a client that is alive
    /// stays connected. Default: `true`.
    pub const fn send_pings(mut self, send: bool) -> Self {
        self.send_pings = send;
        self
    }

    /// Whether [`Socket::publish`](crate::Socket::publish) also reaches the socket it is called on, if
    /// that socket is subscribed. Default: `false`.
    pub const fn publish_to_self(mut self, publish: bool) -> Self {
        self.publish_to_self = publish;
        self
    }

    /// Whether and how messages are compressed (RFC 7692; Bun's `perMessageDeflate`). Default:
    /// [`PerMessageDeflate::OFF`].
    ///
    /// Once the extension is negotiated, a client may compress the messages it sends. The server
    /// compresses messages that are marked with [`compressed`](crate::compressed).
    pub const fn per_message_deflate(mut self, deflate: PerMessageDeflate) -> Self {
        self.per_message_deflate = deflate;
        self
    }

    /// The length in bytes of the shortest message that is compressed. Default: 256, because shorter
    /// messages hardly become smaller. For a published message, the lowest threshold of the app's modules
    /// applies.
    pub const fn compress_threshold(mut self, bytes: u64) -> Self {
        self.compress_threshold = bytes;
        self
    }

    /// Sends a Ping every `ms` milliseconds, whether or not the client is silent, so that proxies do not
    /// close the connection. Default: 0, which leaves Pings to [`send_pings`](Self::send_pings); at most
    /// [`MAX_IDLE_TIMEOUT_MS`](Self::MAX_IDLE_TIMEOUT_MS).
    pub const fn ping_interval_ms(mut self, ms: u64) -> Self {
        self.ping_interval_ms = ms;
        self
    }

    /// Closes the connection with code 1001 if the client sends nothing for `ms` milliseconds after a
    /// Ping. Default: 0, which disables the timeout; at most
    /// [`MAX_IDLE_TIMEOUT_MS`](Self::MAX_IDLE_TIMEOUT_MS).
    ///
    /// The timer starts when the Ping has been written, and does not run while a handler runs. Any
    /// received data counts as the answer. Until the answer is received, no other Ping is sent.
    pub const fn pong_timeout_ms(mut self, ms: u64) -> Self {
        self.pong_timeout_ms = ms;
        self
    }

    /// Closes the connection with code 1001 after `ms` milliseconds, so that clients reconnect and are
    /// authorized again, or are balanced among servers again. Default: 0, which disables the limit; at
    /// most [`MAX_LIFETIME_MS`](Self::MAX_LIFETIME_MS).
    pub const fn max_lifetime_ms(mut self, ms: u64) -> Self {
        self.max_lifetime_ms = ms;
        self
    }

    /// The origins of the web pages that may connect (RFC 6455 §10.2). Any other handshake is answered
    /// with 403. Default: empty, which admits every client and is logged when the server starts. An entry
    /// is one of:
    ///
    /// - an origin as browsers send it, such as `https://example.com`,
    /// - a pattern such as `https://*.example.com`: all hosts below `example.com`, at any depth,
    ///   excluding `example.com` itself,
    /// - `same-origin`: pages from the server's own `Host`. Behind a proxy that changes `Host`, list the
    ///   origin, or let the proxy keep `Host`. `X-Forwarded-Host` is ignored, because clients can send
    ///   it,
    /// - `no-origin`: clients that send no `Origin`, such as apps and devices; browsers send it (RFC 6455
    ///   §4.2.1). The check protects only the users of browsers, so this entry does not weaken it,
    /// - `*`, which must be the only entry: any page may connect, and so may clients that send no
    ///   `Origin`. This is the same as an empty list, except that nothing is logged when the server
    ///   starts.
    pub const fn origins(mut self, origins: &'static [&'static str]) -> Self {
        self.origins = origins;
        self
    }

    /// The subprotocols that the server supports, in order of preference (RFC 6455 §1.9). Default: empty.
    ///
    /// The first subprotocol that the client also offers is used, and
    /// [`Socket::protocol`](crate::Socket::protocol) returns it. A client that offers none connects
    /// without a subprotocol. If none of a client's offers is in the list, the handshake is answered with
    /// 400.
    pub const fn protocols(mut self, protocols: &'static [&'static str]) -> Self {
        self.protocols = protocols;
        self
    }

    /// The maximum number of open sockets of the module; further handshakes are answered with 503.
    /// Default: 0, which disables the limit. [`Router::max_connections`](crate::Router::max_connections)
    /// limits all connections of the server.
    pub const fn max_connections(mut self, connections: u64) -> Self {
        self.max_connections = connections;
        self
    }

    /// The maximum number of topics that a socket may be subscribed to at a time; further
    /// [`subscribe`](crate::Socket::subscribe) calls return `false`. Default: 1,000; 0 disables the
    /// limit.
    pub const fn max_subscriptions(mut self, subscriptions: u64) -> Self {
        self.max_subscriptions = subscriptions;
        self
    }

    /// Closes the connection with code 1008 if a message takes longer than `ms` milliseconds from its
    /// first byte to its last. Default: 300,000; 0 disables the limit; at most
    /// [`MAX_LIFETIME_MS`](Self::MAX_LIFETIME_MS).
    ///
    /// A client that sends a large message one byte at a time is never silent, so `idle_timeout` does not
    /// close its connection. Meanwhile the server holds the unfinished message in memory.
    pub const fn message_timeout_ms(mut self, ms: u64) -> Self {
        self.message_timeout_ms = ms;
        self
    }

    /// Closes the connection with code 1009 if a compressed message inflates to more than `ratio` times
    /// its compressed size. Default: 0, which disables the limit; at most 4,294,967,295. A message that
    /// inflates to at most 16 KiB is accepted regardless of its ratio.
    ///
    /// DEFLATE can reach a ratio of about 1,000, so a few kilobytes can inflate to megabytes. Without
    /// [`per_message_deflate`](Self::per_message_deflate), this option does nothing, which is an error.
    pub const fn max_inflation_ratio(mut self, ratio: u64) -> Self {
        self.max_inflation_ratio = ratio;
        self
    }

    /// The number of messages that a client may send per second or minute. Pings, and Pongs if the module
    /// has `#[on(pong)]`, count as messages. Default: [`Rate::NONE`], no limit.
    ///
    /// [`burst`](Self::burst) sets the number of messages that may arrive at once, and
    /// [`on_flood`](Self::on_flood) sets how a client that sends more is treated.
    ///
    /// # Examples
    ///
    /// On average 50 messages per second, and 200 at once after a pause:
    ///
    /// ```
    /// use router::{OnFlood, Options, Rate};
    ///
    /// const OPTIONS: Options = Options::DEFAULT
    ///     .rate_limit(Rate::per_second(50))
    ///     .burst(200)
    ///     .on_flood(OnFlood::Close);
    /// ```
    pub const fn rate_limit(mut self, rate: Rate) -> Self {
        self.rate_limit = rate;
        self
    }

    /// The number of messages that may arrive at once before [`rate_limit`](Self::rate_limit) takes
    /// effect. Default: 0, which means the number in `rate_limit`, such as 50 for 50 per second; at most
    /// 4,294,967,295.
    ///
    /// Without `rate_limit` this option does nothing, which is an error.
    pub const fn burst(mut self, messages: u64) -> Self {
        self.burst = messages;
        self
    }

    /// The number of bytes that a client may send per second or minute, counted on the wire: compressed,
    /// with frame headers, control frames included. The bytes of one second may arrive at once. Default:
    /// [`Rate::NONE`], no limit.
    pub const fn byte_rate(mut self, rate: Rate) -> Self {
        self.byte_rate = rate;
        self
    }

    /// How to treat a client that sends more than [`rate_limit`](Self::rate_limit) or
    /// [`byte_rate`](Self::byte_rate) allows. Default: [`OnFlood::Slow`].
    ///
    /// If neither of the two is set, this option does nothing, which is an error.
    pub const fn on_flood(mut self, on_flood: OnFlood) -> Self {
        self.on_flood = on_flood;
        self
    }

    /// The rate limits of a client; `None` if there are none.
    pub(crate) fn allowance(&self) -> Option<Allowance> {
        let bucket = |rate: Rate, burst: u64| {
            let period = Duration::from_millis(rate.period_ms);
            rate.is_given()
                .then(|| Bucket::new(rate.count, period, burst))
        };
        let burst = match self.burst {
            0 => self.rate_limit.count,
            burst => burst,
        };
        // The burst of `byte_rate` is the number of bytes of one second.
        let second = self.byte_rate.count * 1_000 / self.byte_rate.period_ms.max(1);
        let allowance = Allowance {
            messages: bucket(self.rate_limit, burst),
            bytes: bucket(self.byte_rate, second),
        };
        (allowance.messages.is_some() || allowance.bytes.is_some()).then_some(allowance)
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
        // A Ping is sent this margin before `idle_timeout`. As in Bun, the margin is the largest of 4, 8
        // and 16 seconds that is at most half of the timeout. If the timeout is shorter than 8 seconds, the
        // margin is half of it.
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
    /// `send_pings`: once, after this period of silence.
    AfterSilence(Duration),
    /// `ping_interval`: repeatedly, with this interval.
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
}
