//! `Router`: what an app is put together with.

use super::{
    App, HeadLimits, Module, RouteTable,
    hosts::Hosts,
    layer::{self, Routes, Wrap},
    table,
};
use crate::{
    BoxError, Error, Listener, Server, StopSignal,
    error::Problem,
    hub::Hub,
    server::{self, ServerSettings},
    web::{AppContext, Body},
    websocket::Endpoint,
};
use bytes::Bytes;
use std::{
    fmt::{self, Debug},
    io::{self, Write as _},
    ops::RangeInclusive,
    sync::Arc,
    time::Duration,
};
use tokio::net::ToSocketAddrs;
use tower_layer::Layer;
use tower_service::Service;

/// An app: modules, layers and settings, to be served.
///
/// # Examples
///
/// ```no_run
/// use router::prelude::*;
///
/// struct Hello;
///
/// #[routes]
/// impl Hello {
///     #[route(get, "/")]
///     fn index(&self) -> &'static str { "hello" }
/// }
///
/// #[tokio::main]
/// async fn main() -> Result<(), router::Error> {
///     Router::new().mount(Hello).serve("127.0.0.1:3000").await
/// }
/// ```
#[must_use = "a router does nothing until it is served"]
pub struct Router {
    hub: Hub,
    routes: table::Routes,
    endpoints: Vec<Arc<Endpoint>>,
    layers: Vec<Wrap>,
    body_limit: usize,
    hosts: Option<Hosts>,
    head_limits: HeadLimits,
    settings: ServerSettings,
    prints_routes: bool,
    problems: Vec<Problem>,
}

impl Router {
    /// An app without routes.
    pub fn new() -> Self {
        Self {
            hub: Hub::new(),
            routes: table::Routes::default(),
            endpoints: Vec::new(),
            layers: Vec::new(),
            body_limit: 2 * 1024 * 1024,
            hosts: None,
            head_limits: HeadLimits::default(),
            settings: ServerSettings::default(),
            prints_routes: false,
            problems: Vec::new(),
        }
    }

    /// Adds a module's routes and its socket.
    ///
    /// What is wrong with them (conflicts with other modules, options out of range) is reported
    /// when the app is served, all at once.
    pub fn mount<M: Module>(mut self, module: M) -> Self {
        let name = std::any::type_name::<M>();
        let module = Arc::new(module);
        let endpoint = M::SOCKET.map(|options| {
            let fault = options.fault();
            self.problems.extend(fault.map(|fault| Problem::Option {
                module: name,
                fault,
            }));
            Arc::new(Endpoint::new(
                name,
                module.clone(),
                options,
                self.hub.clone(),
            ))
        });
        self.endpoints.extend(endpoint.clone());
        self.routes.mount(module, endpoint);
        self
    }

    /// Puts a tower layer around all routes, and around the layers that were added before.
    pub fn layer<L, B>(mut self, layer: L) -> Self
    where
        L: Layer<Routes> + Send + 'static,
        L::Service: Service<http::Request<Body>, Response = http::Response<B>, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
        <L::Service as Service<http::Request<Body>>>::Error: Into<BoxError>,
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        self.layers.push(layer::wrap(layer));
        self
    }

    /// The longest request body that extractors read, in bytes: a longer one is answered 413.
    /// Default 2 MiB.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The hosts that the app answers for, in its routes and its sockets: a request for another one is
    /// answered 421 (RFC 9110 §15.5.20). Default: all of them.
    ///
    /// Protects servers that rely on being reachable only locally, such as development servers on
    /// `localhost`. With DNS rebinding a web page can make its own name resolve to `127.0.0.1`; its
    /// requests are of the same origin then, so that `origins` does not see it.
    ///
    /// An entry is a host, `example.com`, with or without a port, `localhost:3000`; without one it
    /// matches every port. `*.example.com` matches all names below `example.com`, and not
    /// `example.com` itself. An entry that is no host is an error when the app is served.
    ///
    /// # Examples
    ///
    /// ```
    /// let router = router::Router::new().hosts(["localhost", "127.0.0.1", "[::1]"]);
    /// ```
    pub fn hosts(mut self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let hosts = Hosts::new(hosts);
        self.problems
            .extend(hosts.fault().map(|fault| Problem::Setting { fault }));
        self.hosts = Some(hosts);
        self
    }

    /// How many clients may wait to be accepted by a server that this router
    /// [binds](Self::bind). With more, the system lets them try again, which takes a second or more.
    /// Default: 1,024; the system may have a lower limit of its own (`net.core.somaxconn`). Zero is an
    /// error when the app is served.
    pub fn backlog(mut self, clients: u32) -> Self {
        if clients == 0 {
            let fault = "`backlog` must be more than zero".to_owned();
            self.problems.push(Problem::Setting { fault });
        }
        self.settings.backlog = clients;
        self
    }

    /// How many bytes of memory the server may hold for its clients: messages that wait for slow clients,
    /// messages while they are received or handled, compressors, topics and subscriptions, the heads and
    /// bodies of requests, and responses of more than 16 KiB until they are written.
    /// Default: a quarter of the memory of the system, or of the process's control group if that is less.
    /// Zero is no limit; at least 16 MiB otherwise, since threads count in steps of 64 KiB.
    ///
    /// While the limit is exceeded
    ///
    /// - new sockets are refused with 503, as are requests with a body of more than 16 KiB, and those
    ///   whose response is as large,
    /// - [`subscribe`](crate::Socket::subscribe) returns `false`,
    /// - a message of more than 16 KiB that is being received ends its socket with 1013 (try again later),
    /// - messages to clients that do not keep up are dropped, as at their
    ///   [`backpressure_limit`](crate::Options::backpressure_limit),
    /// - the sockets that hold most are closed with 1013, until an eighth of the limit is free. What waits
    ///   for them is lost, and a handler of theirs that waits is dropped. One in the middle of a large
    ///   message ends without a Close frame.
    ///
    /// The log has a line for it, at most once a second, and
    /// [`Hub::memory_held`](crate::Hub::memory_held) tells how much is held. The memory is that of the
    /// process: if several servers run in one, the lowest limit applies to all of them. What handlers
    /// allocate is not counted. [`guide::limits`](crate::guide::limits) says what is, and how much sockets
    /// can take.
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

    /// The longest head of a request, in bytes: the request line and the header fields, with the line ends
    /// and one space after each colon. A longer one is answered 431 (RFC 6585 §5), also where it is a
    /// WebSocket handshake. Default: 32 KiB.
    ///
    /// The connection remains usable, unless the head is more than 8 KiB longer than this: then it is closed
    /// without waiting for the end of the head.
    ///
    /// Fewer than 8 KiB or more than 1 MiB is an error when the app is served.
    ///
    /// # Examples
    ///
    /// Clients that have large cookies:
    ///
    /// ```
    /// let router = router::Router::new().max_head(64 * 1024).max_headers(200);
    /// ```
    pub fn max_head(mut self, bytes: usize) -> Self {
        self.check("max_head", bytes, 8 * 1024..=1024 * 1024, "bytes");
        self.head_limits.bytes = bytes;
        self
    }

    /// The number of header fields that a request may have. One with more is answered 431 (RFC 6585 §5), also
    /// where it is a WebSocket handshake, and its connection is closed. Default: 100.
    ///
    /// A number above 100 costs an allocation per request, of 64 bytes for each field that is allowed. Zero or
    /// more than 10,000 is an error when the app is served.
    pub fn max_headers(mut self, count: usize) -> Self {
        self.check("max_headers", count, 1..=10_000, "header fields");
        self.head_limits.fields = count;
        self
    }

    /// The longest request target (path and query), in bytes. A longer one is answered 414 (RFC 9110
    /// §15.5.15), also where it is that of a WebSocket handshake; the connection remains usable. Default:
    /// 8 KiB.
    ///
    /// [`max_head`](Self::max_head) limits the target as well, as a part of the head. Zero or more than
    /// 65,534 is an error when the app is served.
    pub fn max_uri(mut self, bytes: usize) -> Self {
        self.check("max_uri", bytes, 1..=65_534, "bytes");
        self.head_limits.target = bytes;
        self
    }

    /// How many connections the server has at a time, WebSockets included. When there are as many, the
    /// server accepts no more until one ends: further clients wait in the listen queue
    /// ([`backlog`](Self::backlog)). The log has a line for it, at most once a second.
    ///
    /// Default: 64 fewer than the process may have files open (the soft limit of `RLIMIT_NOFILE`, read when
    /// the server runs), or half of that limit if it is less than 128. No limit where the system has none. 0
    /// is no limit; then accepting pauses only when the system refuses.
    ///
    /// Idle connections count until [`keep_alive_timeout`](Self::keep_alive_timeout) closes them. To limit
    /// the sockets of one module, and refuse further ones with 503, use its option
    /// [`max_connections`](crate::Options::max_connections).
    ///
    /// # Examples
    ///
    /// At most 10,000 connections, and 100 of one client:
    ///
    /// ```
    /// let router = router::Router::new()
    ///     .max_connections(10_000)
    ///     .max_connections_per_ip(100);
    /// ```
    pub fn max_connections(mut self, count: usize) -> Self {
        self.settings.max_connections = Some(count);
        self
    }

    /// How many connections one client has at a time, WebSockets included. A further one is closed when it is
    /// accepted, without an answer; the log has a line with its address and the number of connections refused
    /// so far, at most once a second. Default 0: no limit.
    ///
    /// A client is an IPv4 address, or an IPv6 network of 64 bits (`/64`). Behind a proxy all connections
    /// have the address of the proxy, so do not use this option there.
    pub fn max_connections_per_ip(mut self, count: usize) -> Self {
        self.settings.max_connections_per_ip = count;
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

    /// Closes a connection if the client sends no byte of a request for this long after connecting.
    /// Default: 10 seconds; `None` is no limit, and zero an error when the app is served.
    ///
    /// # Examples
    ///
    /// The time limits of an upload server:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let router = router::Router::new()
    ///     .head_timeout(Duration::from_secs(5))
    ///     .body_timeout(Duration::from_secs(60))
    ///     .write_timeout(None);
    /// ```
    pub fn connect_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.connect = self.limit("connect_timeout", timeout.into());
        self
    }

    /// Closes a connection if the client takes longer than this from the first byte to the last of a
    /// request's head. Default: 10 seconds; `None` is no limit, and zero an error when the app is
    /// served.
    ///
    /// [`max_head`](Self::max_head) limits its length.
    pub fn head_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.head = self.limit("head_timeout", timeout.into());
        self
    }

    /// Closes a connection that has had no request for this long (RFC 9112 §9.3). Default: 75 seconds;
    /// `None` is no limit, and zero an error when the app is served.
    ///
    /// It should be longer than a load balancer in front keeps its connections (60 seconds, mostly):
    /// one that sends a request in the moment in which the server closes answers 502.
    pub fn keep_alive_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.keep_alive = self.limit("keep_alive_timeout", timeout.into());
        self
    }

    /// Limits the wait for the next part of a request's body. Then extractors refuse it with 408, and
    /// a [`Body`](crate::Body) fails. Default: 30 seconds; `None` is no limit, and zero an error when
    /// the app is served.
    pub fn body_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.body = self.limit("body_timeout", timeout.into());
        self
    }

    /// Closes a connection if the client accepts no byte of a response for this long. Default: 60
    /// seconds; `None` is no limit, and zero an error when the app is served. It does not apply to
    /// WebSocket connections.
    pub fn write_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.write = self.limit("write_timeout", timeout.into());
        self
    }

    fn limit(&mut self, option: &str, timeout: Option<Duration>) -> Option<Duration> {
        if timeout.is_some_and(|timeout| timeout.is_zero()) {
            let fault = format!("`{option}` must be more than zero; `None` is no limit");
            self.problems.push(Problem::Setting { fault });
        }
        timeout.map(|timeout| timeout.min(LONGEST))
    }

    /// Runs a task as long as the server: a clock, a cleaner, a listener to something else. It begins
    /// when the server runs, and gets the app's topics and a signal that the shutdown has begun.
    ///
    /// The shutdown waits for it, up to the [deadline](Self::shutdown_deadline); then it is dropped. A
    /// task may end before. Sockets are closing already when the signal comes, so what is published
    /// then reaches nobody. A panic in a task is logged, and ends nothing else.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::{Hub, Router, StopSignal};
    /// use std::{sync::Arc, time::Duration};
    /// use tokio::time::interval;
    ///
    /// /// Tells everybody how many there are, and at the end writes it down.
    /// async fn count(hub: Hub, stop: StopSignal) {
    ///     let mut ticks = interval(Duration::from_secs(10));
    ///     loop {
    ///         tokio::select! {
    ///             _ = stop.stopped() => break,
    ///             _ = ticks.tick() => {
    ///                 let count = hub.subscriber_count("lobby");
    ///                 hub.publish("lobby", format!("{count} are here"));
    ///             }
    ///         }
    ///     }
    ///     // save(…).await
    /// }
    ///
    /// let router = Router::new().background(count);
    /// ```
    pub fn background<T>(mut self, task: impl FnOnce(Hub, StopSignal) -> T + Send + 'static) -> Self
    where
        T: Future<Output = ()> + Send + 'static,
    {
        self.settings
            .background
            .push(Box::new(|hub, stop| Box::pin(task(hub, stop))));
        self
    }

    /// How long a shutdown may take. Default 10 seconds.
    ///
    /// At its start every socket gets 1001; after four fifths of it, handlers that still wait are
    /// dropped and their sockets' `close` handlers run; at its end what remains is cut off.
    pub fn shutdown_deadline(mut self, deadline: Duration) -> Self {
        self.settings.shutdown_deadline = deadline.min(LONGEST);
        self
    }

    /// Shuts down when `trigger` resolves, instead of at SIGINT or SIGTERM.
    pub fn shutdown_when(mut self, trigger: impl Future<Output = ()> + Send + 'static) -> Self {
        self.settings.trigger = Some(Box::pin(trigger));
        self
    }

    /// The app's topics, to publish from anywhere.
    pub fn hub(&self) -> Hub {
        self.hub.clone()
    }

    /// What is mounted so far: method, path, handler, file and line.
    pub fn routes(&self) -> RouteTable {
        self.routes.listing()
    }

    /// Whether [`routes`](Self::routes) are printed to standard error when the app is bound or
    /// served, also where something is wrong with them. Default `false`.
    pub fn print_routes(mut self, print: bool) -> Self {
        self.prints_routes = print;
        self
    }

    /// Listens on `addr`, and serves later: a text, a [`SocketAddr`](std::net::SocketAddr), a tuple of
    /// host and port, or whatever else tokio binds.
    ///
    /// SIGINT and SIGTERM are handled from now on, unless there is a
    /// [`shutdown_when`](Self::shutdown_when).
    ///
    /// # Errors
    ///
    /// What is wrong with the app, why it can't listen there, or that signals can't be handled.
    pub async fn bind(self, addr: impl ToSocketAddrs + Debug) -> Result<Server, Error> {
        // A fault of the app shows even where the port is taken.
        let (app, settings) = self.build()?;
        let text = shown(&addr);
        let listener = server::listen(addr, settings.backlog)
            .await
            .map_err(|error| Error::bind(text, error))?;
        Server::new(listener, app, settings)
    }

    /// Listens on `addr` and serves until SIGINT or SIGTERM. See [`bind`](Self::bind).
    ///
    /// # Errors
    ///
    /// What is wrong with the app, or why it can't listen there.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn serve(port: u16) -> Result<(), router::Error> {
    /// router::Router::new().serve(("127.0.0.1", port)).await
    /// # }
    /// ```
    pub async fn serve(self, addr: impl ToSocketAddrs + Debug) -> Result<(), Error> {
        self.bind(addr).await?.run().await
    }

    /// Serves on a listener until SIGINT or SIGTERM.
    ///
    /// # Errors
    ///
    /// What is wrong with the app, or with the listener.
    pub async fn serve_listener(self, listener: impl Listener) -> Result<(), Error> {
        self.bind_listener(listener)?.run().await
    }

    /// Takes a listener, and serves later.
    ///
    /// # Errors
    ///
    /// What is wrong with the app, or with the listener.
    pub fn bind_listener<L: Listener>(self, listener: L) -> Result<Server<L>, Error> {
        let (app, settings) = self.build()?;
        Server::new(listener, app, settings)
    }

    fn build(self) -> Result<(App, ServerSettings), Error> {
        let Self {
            hub,
            routes,
            endpoints,
            layers,
            body_limit,
            hosts,
            head_limits,
            settings,
            prints_routes,
            mut problems,
        } = self;
        if prints_routes {
            // `eprint!` panics when nobody reads it any more.
            let _ = write!(io::stderr(), "{}", routes.listing());
        }
        let context = Arc::new(AppContext {
            hub: hub.clone(),
            body_limit,
        });
        match routes.build(&context) {
            Ok(table) if problems.is_empty() => {
                let table = Arc::new(table);
                let layered = layer::stack(layers, &table);
                let app = App {
                    hub,
                    endpoints,
                    table,
                    layered,
                    hosts,
                    head_limits,
                };
                Ok((app, settings))
            }
            result => {
                problems.extend(result.err().into_iter().flatten());
                Err(Error::setup(problems))
            }
        }
    }
}

/// A sum of this and a time from now must be a time.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// An address for people: `127.0.0.1:80` also for `"127.0.0.1:80"` and `("127.0.0.1", 80)`.
fn shown(addr: &impl Debug) -> String {
    let text = format!("{addr:?}").replace('"', "");
    let tuple = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'));
    match tuple.and_then(|tuple| tuple.split_once(", ")) {
        Some((host, port)) if host.contains(':') => format!("[{host}]:{port}"),
        Some((host, port)) => format!("{host}:{port}"),
        None => text,
    }
}

impl Default for Router {
    fn default() -> Self {
        Self::new()
    }
}

impl Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Router").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::shown;
    use std::net::{Ipv4Addr, Ipv6Addr};

    #[test]
    fn addresses_are_shown_as_they_are_written() {
        assert_eq!(shown(&"localhost:80"), "localhost:80");
        assert_eq!(shown(&("localhost", 80)), "localhost:80");
        assert_eq!(shown(&(Ipv4Addr::LOCALHOST, 80)), "127.0.0.1:80");
        assert_eq!(shown(&(Ipv6Addr::LOCALHOST, 80)), "[::1]:80");
    }
}
