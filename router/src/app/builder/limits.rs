//! Settings that limit the resources that clients can use.

use super::Router;
use crate::error::Problem;
use std::ops::RangeInclusive;

impl Router {
    /// Sets how many clients may wait to be accepted by a server that this router [binds](Self::bind).
    /// Further clients have to try again, which takes a second or more. Default: 1,024. The system may
    /// have a lower limit of its own (`net.core.somaxconn`). Zero is an error when the app is served.
    ///
    /// # Examples
    ///
    /// For many clients that reconnect at once after a restart:
    ///
    /// ```
    /// let router = router::Router::new().backlog(8192);
    /// ```
    pub fn backlog(mut self, clients: u32) -> Self {
        if clients == 0 {
            let fault = "`backlog` must be more than zero".to_owned();
            self.problems.push(Problem::Setting { fault });
        }
        self.settings.backlog = clients;
        self.settings.of_the_server.push("backlog");
        self
    }

    /// Sets how many bytes of memory the server may hold for its clients.
    ///
    /// The limit applies to queued messages for slow clients, messages that are being received or
    /// handled, compressors, topics and subscriptions, the heads and bodies of requests, and responses
    /// of more than 16 KiB until they are written. Default: a quarter of the memory of the system, or
    /// of the process's control group if that has less. Zero is no limit. Any other limit must be at
    /// least 16 MiB, because the count can be off by up to 2 MiB.
    ///
    /// While the limit is exceeded:
    ///
    /// - new sockets are refused with 503, and so are requests with a body of more than 16 KiB or a
    ///   response of that size,
    /// - [`subscribe`](crate::Socket::subscribe) returns `false`,
    /// - a message of more than 16 KiB that is being received closes its socket with 1013 (try again
    ///   later),
    /// - messages to slow clients are treated as beyond their
    ///   [`backpressure_limit`](crate::Options::backpressure_limit),
    /// - the sockets that hold the most memory are closed with 1013, until an eighth of the limit is
    ///   free. Their queued messages are lost, and a handler that is waiting is dropped. If the server
    ///   has written only a part of a large message to a socket, that connection ends without a Close
    ///   frame.
    ///
    /// The server logs this at most once per second. [`Hub::memory_held`](crate::Hub::memory_held)
    /// returns the number of bytes that are held. The limit applies to the process: if several servers
    /// run in it, the lowest limit applies to all of them. Memory that handlers allocate is not
    /// counted. [`guide::limits`](crate::guide::limits) lists what is counted, and how much memory
    /// sockets can take.
    ///
    /// # Examples
    ///
    /// ```
    /// let router = router::Router::new().memory_limit(512 * 1024 * 1024);
    /// ```
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        const LEAST: usize = 16 * 1024 * 1024;
        if (1..LEAST).contains(&bytes) {
            let fault = format!("`memory_limit` must be at least {LEAST} bytes, it is {bytes}");
            self.problems.push(Problem::Setting { fault });
        }
        self.settings.memory_limit = Some(if bytes == 0 { usize::MAX } else { bytes });
        self
    }

    /// Sets the size of the largest request head, in bytes. The head is the request line and the header
    /// fields, counted with line ends and with one space after each colon. A larger head is answered
    /// with 431 (RFC 6585 §5), also if the request is a WebSocket handshake. Default: 32 KiB.
    ///
    /// The connection remains usable, unless the head exceeds the limit by more than 8 KiB. In that
    /// case the connection is closed without waiting for the end of the head.
    ///
    /// Less than 8 KiB or more than 1 MiB is an error when the app is served.
    ///
    /// # Examples
    ///
    /// For clients with large cookies:
    ///
    /// ```
    /// let router = router::Router::new().max_head(64 * 1024).max_headers(200);
    /// ```
    pub fn max_head(mut self, bytes: usize) -> Self {
        self.check("max_head", bytes, 8 * 1024..=1024 * 1024, "bytes");
        self.head_limits.bytes = bytes;
        self
    }

    /// Sets how many header fields a request may have. A request with more is answered with 431 (RFC
    /// 6585 §5), also if it is a WebSocket handshake, and its connection is closed. Default: 100.
    ///
    /// A number above 100 costs an allocation per request, of 64 bytes per allowed field. Zero or more
    /// than 10,000 is an error when the app is served.
    ///
    /// # Examples
    ///
    /// Behind proxies that add many header fields:
    ///
    /// ```
    /// let router = router::Router::new().max_headers(200);
    /// ```
    pub fn max_headers(mut self, count: usize) -> Self {
        self.check("max_headers", count, 1..=10_000, "header fields");
        self.head_limits.fields = count;
        self.settings.of_the_server.push("max_headers");
        self
    }

    /// Sets the length of the longest request target (path and query), in bytes. A longer one is
    /// answered with 414 (RFC 9110 §15.5.15), also if the request is a WebSocket handshake. The
    /// connection remains usable. Default: 8 KiB.
    ///
    /// The target is also a part of the head, which [`max_head`](Self::max_head) limits. Zero or more
    /// than 65,534 is an error when the app is served.
    ///
    /// # Examples
    ///
    /// For long search queries:
    ///
    /// ```
    /// let router = router::Router::new().max_uri(32 * 1024).max_head(64 * 1024);
    /// ```
    pub fn max_uri(mut self, bytes: usize) -> Self {
        self.check("max_uri", bytes, 1..=65_534, "bytes");
        self.head_limits.target = bytes;
        self
    }

    /// Sets how many connections the server may have open, including WebSockets. When this number is
    /// reached, the server accepts no further connection until one ends. Until then, clients wait in
    /// the listen queue ([`backlog`](Self::backlog)). The server logs this at most once per second.
    ///
    /// Default: 64 less than the number of files that the process may have open (the soft limit of
    /// `RLIMIT_NOFILE`, read when the server runs), or half of that limit if the limit is below 128. If
    /// the system has no such limit, the default is no limit. 0 is no limit: accepting then pauses only
    /// when the system refuses connections.
    ///
    /// Idle connections count until [`keep_alive_timeout`](Self::keep_alive_timeout) closes them. To
    /// limit the sockets of a single module, and refuse further ones with 503, use its option
    /// [`max_connections`](crate::Options::max_connections).
    ///
    /// # Examples
    ///
    /// At most 10,000 connections, and 100 per client:
    ///
    /// ```
    /// let router = router::Router::new()
    ///     .max_connections(10_000)
    ///     .max_connections_per_ip(100);
    /// ```
    pub fn max_connections(mut self, count: usize) -> Self {
        self.settings.max_connections = Some(count);
        self.settings.of_the_server.push("max_connections");
        self
    }

    /// Sets how many connections a client may have open, including WebSockets. A further connection is
    /// closed without an answer when it is accepted. The server logs the address and the number of
    /// connections refused so far, at most once per second. Default: 0, no limit.
    ///
    /// A client is an IPv4 address, or an IPv6 network of 64 bits (`/64`). Do not use this option
    /// behind a proxy, because all connections then have the address of the proxy.
    ///
    /// # Examples
    ///
    /// Many users can share an address, such as those of an office, so the limit is not too low:
    ///
    /// ```
    /// let router = router::Router::new().max_connections_per_ip(200);
    /// ```
    pub fn max_connections_per_ip(mut self, count: usize) -> Self {
        self.settings.max_connections_per_ip = count;
        self.settings.of_the_server.push("max_connections_per_ip");
        self
    }

    fn check(&mut self, option: &str, value: usize, range: RangeInclusive<usize>, unit: &str) {
        if !range.contains(&value) {
            let (least, most) = (range.start(), range.end());
            let fault =
                format!("`{option}` must be between {least} and {most} {unit}, it is {value}");
            self.problems.push(Problem::Setting { fault });
        }
    }
}
