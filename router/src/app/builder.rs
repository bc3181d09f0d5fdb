//! `Router`, the builder of an app.

use super::{
    App, HeadLimits, Module, RouteTable, dispatch,
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
    future::poll_fn,
    io::{self, Write as _},
    ops::RangeInclusive,
    sync::Arc,
    time::Duration,
};
use tokio::net::ToSocketAddrs;
use tower_layer::Layer;
use tower_service::Service;

/// The builder of an app: its modules, layers and settings.
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
    routes: table::MountedRoutes,
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
    /// Creates an app without routes.
    ///
    /// # Examples
    ///
    /// Some modules are mounted only on demand:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// # struct Pages;
    /// # #[routes]
    /// # impl Pages {
    /// #     #[route(get, "/")]
    /// #     fn index(&self) -> &'static str { "hello" }
    /// # }
    /// # struct Admin;
    /// # #[routes]
    /// # impl Admin {
    /// #     #[route(get, "/admin")]
    /// #     fn index(&self) -> &'static str { "admin" }
    /// # }
    /// let mut router = Router::new().mount(Pages);
    /// if std::env::args().any(|argument| argument == "--admin") {
    ///     router = router.mount(Admin);
    /// }
    /// assert_eq!(router.routes().len(), 1);
    /// ```
    pub fn new() -> Self {
        Self {
            hub: Hub::new(),
            routes: table::MountedRoutes::default(),
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
    /// Errors in them (conflicts with other modules, options out of range) are reported when the app is
    /// served, all at once.
    ///
    /// # Examples
    ///
    /// All requests share the module, so its state must be safe to use from several threads:
    ///
    /// ```
    /// use router::prelude::*;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// #[derive(Default)]
    /// struct Visits(AtomicU64);
    ///
    /// #[routes]
    /// impl Visits {
    ///     #[route(get, "/visits")]
    ///     fn visit(&self) -> String {
    ///         let earlier = self.0.fetch_add(1, Ordering::Relaxed);
    ///         format!("{earlier} earlier visits")
    ///     }
    /// }
    ///
    /// let router = Router::new().mount(Visits::default());
    /// ```
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

    /// Adds a tower layer around all routes and the layers that were added before.
    ///
    /// # Examples
    ///
    /// A layer that records when a request arrived. Handlers can read the time from `&Extensions`.
    ///
    /// ```
    /// use router::{Routes, http, prelude::*};
    /// use std::{
    ///     convert::Infallible,
    ///     task::{Context, Poll},
    ///     time::Instant,
    /// };
    /// use tower_layer::layer_fn;
    /// use tower_service::Service;
    ///
    /// #[derive(Clone)]
    /// struct Timed(Routes);
    ///
    /// impl Service<http::Request<Body>> for Timed {
    ///     type Response = Response;
    ///     type Error = Infallible;
    ///     type Future = <Routes as Service<http::Request<Body>>>::Future;
    ///
    ///     fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
    ///         Service::<http::Request<Body>>::poll_ready(&mut self.0, cx)
    ///     }
    ///
    ///     fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
    ///         request.extensions_mut().insert(Instant::now());
    ///         self.0.call(request)
    ///     }
    /// }
    ///
    /// let router = Router::new().layer(layer_fn(Timed));
    /// ```
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
        self.layers.push(Box::new(move |inner| {
            let service = layer.layer(Routes::new(inner));
            layer::erased(move |request| {
                let mut service = service.clone();
                async move {
                    let ready = poll_fn(|cx| service.poll_ready(cx)).await;
                    ready.map_err(Into::into)?;
                    let response = service.call(request).await.map_err(Into::into)?;
                    Ok(response.map(Body::new))
                }
            })
        }));
        self
    }

    /// Sets the size of the largest request body that extractors read, in bytes. A larger one is
    /// answered with 413. Default: 2 MiB.
    ///
    /// # Examples
    ///
    /// For an app that receives photos:
    ///
    /// ```
    /// let router = router::Router::new().body_limit(50 * 1024 * 1024);
    /// ```
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sets the hosts that the app serves, for its routes and its sockets. A request for any other host
    /// is answered with 421 (RFC 9110 §15.5.20). Default: all hosts.
    ///
    /// This protects servers that rely on being reachable only locally, such as development servers on
    /// `localhost`. Through DNS rebinding, a web page can make its own host name resolve to
    /// `127.0.0.1`. The page and the server then have the same origin, so `same-origin` in the option
    /// `origins` admits its requests.
    ///
    /// An entry is a host with or without a port, such as `example.com` or `localhost:3000`. Without a
    /// port it matches every port. `*.example.com` matches all names below `example.com`, but not
    /// `example.com` itself. An entry that is not a host is an error when the app is served.
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
    /// `RLIMIT_NOFILE`, read when the server runs), or half of that number if it is less than 128. If
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

    /// Closes a connection if the client sends no byte of a request within this time after connecting.
    /// Default: 10 seconds. `None` is no limit; zero is an error when the app is served.
    ///
    /// # Examples
    ///
    /// If few connections are allowed, clients that send nothing are disconnected sooner:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let router = router::Router::new()
    ///     .max_connections(1000)
    ///     .connect_timeout(Duration::from_secs(3));
    /// ```
    pub fn connect_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.connect = self.limit("connect_timeout", timeout.into());
        self
    }

    /// Closes a connection if more than this time passes between the first and the last byte of a
    /// request's head. Default: 10 seconds. `None` is no limit; zero is an error when the app is
    /// served.
    ///
    /// [`max_head`](Self::max_head) limits the size of the head.
    ///
    /// # Examples
    ///
    /// For devices on slow mobile networks:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let router = router::Router::new().head_timeout(Duration::from_secs(30));
    /// ```
    pub fn head_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.head = self.limit("head_timeout", timeout.into());
        self
    }

    /// Closes a connection that has had no request for this time (RFC 9112 §9.3). Default: 75 seconds.
    /// `None` is no limit; zero is an error when the app is served.
    ///
    /// If there is a proxy in front of the server, such as a load balancer, this should be longer than
    /// the time for which the proxy keeps an idle connection (usually 60 seconds). Otherwise the server
    /// may close a connection just when the proxy sends a request on it, and the client gets a 502.
    ///
    /// # Examples
    ///
    /// Behind a load balancer that keeps idle connections for 120 seconds:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let router = router::Router::new().keep_alive_timeout(Duration::from_secs(130));
    /// ```
    pub fn keep_alive_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.keep_alive = self.limit("keep_alive_timeout", timeout.into());
        self
    }

    /// Limits the wait for the next part of a request's body. When the time has passed, extractors
    /// refuse the request with 408, and reading a [`Body`](crate::Body) fails. Default: 30 seconds.
    /// `None` is no limit; zero is an error when the app is served.
    ///
    /// # Examples
    ///
    /// Timeouts for a server that receives uploads:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let router = router::Router::new()
    ///     .head_timeout(Duration::from_secs(5))
    ///     .body_timeout(Duration::from_secs(60))
    ///     .write_timeout(None);
    /// ```
    pub fn body_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.body = self.limit("body_timeout", timeout.into());
        self
    }

    /// Closes a connection if the client accepts no byte of a response for this time. Default: 60
    /// seconds. `None` is no limit; zero is an error when the app is served. This timeout does not
    /// apply to WebSocket connections.
    ///
    /// # Examples
    ///
    /// For clients that may pause a download for ten minutes:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let router = router::Router::new().write_timeout(Duration::from_secs(600));
    /// ```
    pub fn write_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.settings.timeouts.write = self.limit("write_timeout", timeout.into());
        self
    }

    fn limit(&mut self, option: &str, timeout: Option<Duration>) -> Option<Duration> {
        if timeout.is_some_and(|timeout| timeout.is_zero()) {
            let fault = format!("`{option}` must be more than zero; use `None` for no limit");
            self.problems.push(Problem::Setting { fault });
        }
        timeout.map(|timeout| timeout.min(LONGEST))
    }

    /// Runs a background task for as long as the server runs.
    ///
    /// Examples are a clock, a clean-up job, or a listener to another service. The task starts when the
    /// server runs. It receives the app's hub, and a signal that is set when the shutdown begins.
    ///
    /// The shutdown waits for the task, up to the [deadline](Self::shutdown_deadline); then the task is
    /// dropped. A task may end earlier. The sockets are closed at the same time as the signal is set,
    /// so messages that the task publishes afterwards reach no client. A panic in a task is logged and
    /// ends only that task.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::{Hub, Router, StopSignal};
    /// use std::{sync::Arc, time::Duration};
    /// use tokio::time::interval;
    ///
    /// /// Publishes the number of subscribers every 10 seconds, and saves it at the end.
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

    /// Sets how long a shutdown may take. Default: 10 seconds.
    ///
    /// At the start, every socket is closed with 1001. After four fifths of the time, handlers that are
    /// still waiting are dropped, and the `close` handlers of their sockets run. At the end, all
    /// remaining connections are cut off.
    ///
    /// # Examples
    ///
    /// For a supervisor that kills the process 30 seconds after SIGTERM:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let router = router::Router::new().shutdown_deadline(Duration::from_secs(25));
    /// ```
    pub fn shutdown_deadline(mut self, deadline: Duration) -> Self {
        self.settings.shutdown_deadline = deadline.min(LONGEST);
        self
    }

    /// Shuts down when `trigger` resolves, instead of at SIGINT or SIGTERM.
    ///
    /// # Examples
    ///
    /// A test ends its server:
    ///
    /// ```
    /// use router::Router;
    /// use tokio::sync::oneshot;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (stop, stopped) = oneshot::channel::<()>();
    /// let router = Router::new().shutdown_when(async move {
    ///     stopped.await.ok();
    /// });
    /// let server = router.bind("127.0.0.1:0").await?;
    /// let running = tokio::spawn(server.run());
    /// // Send requests to the server.
    /// drop(stop);
    /// running.await??;
    /// # Ok(())
    /// # }
    /// ```
    pub fn shutdown_when(mut self, trigger: impl Future<Output = ()> + Send + 'static) -> Self {
        self.settings.trigger = Some(Box::pin(trigger));
        self
    }

    /// Returns the app's hub, which can publish to topics from anywhere in the program.
    ///
    /// # Examples
    ///
    /// A thread publishes the lines of the standard input:
    ///
    /// ```no_run
    /// use router::Router;
    /// use std::{io, thread};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), router::Error> {
    /// let router = Router::new();
    /// let hub = router.hub();
    /// thread::spawn(move || {
    ///     for line in io::stdin().lines().map_while(Result::ok) {
    ///         hub.publish("announcements", line);
    ///     }
    /// });
    /// router.serve("127.0.0.1:3000").await
    /// # }
    /// ```
    pub fn hub(&self) -> Hub {
        self.hub.clone()
    }

    /// Returns the routes that are mounted so far, with method, path, handler, file and line.
    ///
    /// # Examples
    ///
    /// Test that all routes are below `/api`:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// struct Users;
    ///
    /// #[routes(prefix = "/api")]
    /// impl Users {
    ///     #[route(get, "/users/{id}")]
    ///     fn user(&self, id: u64) -> String { format!("user {id}") }
    /// }
    ///
    /// let routes = Router::new().mount(Users).routes();
    /// assert!(routes.iter().all(|route| route.pattern().starts_with("/api/")));
    /// ```
    pub fn routes(&self) -> RouteTable {
        self.routes.listing()
    }

    /// Sets whether [`routes`](Self::routes) are printed to standard error when the app is bound or
    /// served, even if the app has errors. Default: `false`.
    ///
    /// # Examples
    ///
    /// In debug builds only:
    ///
    /// ```
    /// let router = router::Router::new().print_routes(cfg!(debug_assertions));
    /// ```
    pub fn print_routes(mut self, print: bool) -> Self {
        self.prints_routes = print;
        self
    }

    /// Listens on `addr`, and returns a server that can be run later.
    ///
    /// The address can be a string, a [`SocketAddr`](std::net::SocketAddr), a tuple of host and port,
    /// or anything else that tokio can bind.
    ///
    /// From now on, SIGINT and SIGTERM are handled, unless [`shutdown_when`](Self::shutdown_when) is
    /// set.
    ///
    /// # Errors
    ///
    /// Returns an error if the app is not valid, if it cannot listen on `addr`, or if signals cannot be
    /// handled.
    ///
    /// # Examples
    ///
    /// Let the system choose the port, and print it:
    ///
    /// ```no_run
    /// use router::Router;
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), router::Error> {
    /// let server = Router::new().bind("127.0.0.1:0").await?;
    /// println!("http://{}", server.local_addr());
    /// server.run().await
    /// # }
    /// ```
    pub async fn bind(self, addr: impl ToSocketAddrs + Debug) -> Result<Server, Error> {
        // First of all, so that errors in the app are reported even if the port is in use.
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
    /// Returns an error if the app is not valid, if it cannot listen on `addr`, or if signals cannot be
    /// handled.
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
    /// Returns an error if the app is not valid, or if the listener cannot be used.
    ///
    /// # Examples
    ///
    /// Open a port below 1024 before the process gives up the right to do so:
    ///
    /// ```no_run
    /// use router::Router;
    /// use tokio::net::TcpListener;
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let listener = std::net::TcpListener::bind("0.0.0.0:80")?;
    /// listener.set_nonblocking(true)?;
    /// // Change the user of the process.
    /// Router::new().serve_listener(TcpListener::from_std(listener)?).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn serve_listener(self, listener: impl Listener) -> Result<(), Error> {
        self.bind_listener(listener)?.run().await
    }

    /// Returns a server that uses an existing listener and can be run later.
    ///
    /// # Errors
    ///
    /// Returns an error if the app is not valid, or if the listener cannot be used.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::Router;
    /// use std::future::pending;
    /// use tokio::net::TcpListener;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let address = listener.local_addr()?;
    /// // Fails if the app is not valid.
    /// let server = Router::new().shutdown_when(pending()).bind_listener(listener)?;
    /// assert_eq!(server.local_addr(), address);
    /// # Ok(())
    /// # }
    /// ```
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
            // `eprint!` would panic if standard error is closed.
            let _ = write!(io::stderr(), "{}", routes.listing());
        }
        let context = Arc::new(AppContext {
            hub: hub.clone(),
            body_limit,
        });
        match routes.build(&context) {
            Ok(table) if problems.is_empty() => {
                let table = Arc::new(table);
                let layered = (!layers.is_empty())
                    .then(|| layer::stack(layers, dispatch::innermost(table.clone())));
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

/// The longest duration that is used, so that adding it to the current time cannot overflow.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Formats an address for people: `127.0.0.1:80` also for `"127.0.0.1:80"` and `("127.0.0.1", 80)`.
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
