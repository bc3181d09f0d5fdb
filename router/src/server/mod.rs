//! The server: the listener, its connections and the shutdown.
//!
//! | file | is about |
//! |---|---|
//! | `serve` | `Router::serve` and its like, which start a server |
//! | `listener` | the source of connections: TCP, or any other type that accepts streams |
//! | `accept` | the accept loop, and how it handles failures |
//! | `connection` | HTTP on one connection, until it closes or becomes a socket |
//! | `clock`, `timer` | the state of a connection, and its timeouts |
//! | `stream` | the stream under hyper: combines small writes, and closes in stages if bytes are unread |
//! | `released` | taking the stream of a connection out of hyper for a socket |
//! | `request_body`, `response_body` | the bodies, which report to the clock |
//! | `background` | the user's background tasks, which run as long as the server |
//! | `shedder` | the sockets to close when the memory is used up |
//! | `service`, `ending` | an app as a tower service under another server, and its shutdown |
//! | `shutdown` | the steps of the shutdown, and their times |
//! | `signals` | SIGINT and SIGTERM |

mod accept;
mod background;
mod clock;
mod connection;
mod ending;
mod listener;
mod released;
mod request_body;
mod response_body;
mod serve;
mod service;
mod shedder;
mod shutdown;
mod signals;
mod stream;
mod timer;

pub use ending::Ending;
pub use listener::Listener;
pub use service::{AppFuture, AppService};

use crate::{
    app::{App, ServerSettings, Trigger},
    connection_count::{self, ConnectionCount},
    error::Error,
    log,
    websocket::Endpoint,
};
use background::Background;
use shedder::MemoryLimit;
use signals::Signals;
use std::{fmt, net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

/// An app that is bound to an address, for example by [`Router::bind`](crate::Router::bind).
///
/// The system already accepts connections. They are served once the server [runs](Self::run).
#[must_use = "a server does nothing until it runs"]
pub struct Server<L = TcpListener> {
    listener: L,
    address: SocketAddr,
    app: Arc<App>,
    settings: ServerSettings,
    trigger: Trigger,
    /// `None` if a trigger ends the server instead. Signals are handled from the moment the server is
    /// bound: a signal that arrives before the server runs ends it as gracefully as a later one.
    signals: Option<Signals>,
}

impl<L: Listener> Server<L> {
    pub(crate) fn new(listener: L, app: App, mut settings: ServerSettings) -> Result<Self, Error> {
        let address = listener.local_addr().map_err(Error::listener)?;
        let mut signals = None;
        let trigger = match settings.trigger.take() {
            Some(trigger) => trigger,
            None => signals
                .insert(Signals::listen(settings.shutdown_deadline)?)
                .first(),
        };
        Ok(Self {
            listener,
            address,
            app: Arc::new(app),
            settings,
            trigger,
            signals,
        })
    }

    /// Returns the address that the server listens on. If the system chose the port, the address
    /// contains the chosen port.
    ///
    /// # Examples
    ///
    /// Tests that run at the same time need different ports:
    ///
    /// ```
    /// use router::Router;
    /// use std::future::pending;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), router::Error> {
    /// let first = Router::new().shutdown_when(pending()).bind("127.0.0.1:0").await?;
    /// let second = Router::new().shutdown_when(pending()).bind("127.0.0.1:0").await?;
    /// assert_ne!(first.local_addr().port(), second.local_addr().port());
    /// # Ok(())
    /// # }
    /// ```
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the server is told to stop, and then shuts down within the deadline.
    ///
    /// SIGINT or SIGTERM stops the server. If [`shutdown_when`](crate::Router::shutdown_when) is set, its
    /// future stops the server instead. The server then accepts no more connections, closes every socket with
    /// code 1001, and runs the `close` handlers.
    ///
    /// If the server shuts down at a signal, a second signal ends the process immediately. The process
    /// is also ended one second after the deadline if user code blocks the runtime.
    ///
    /// Requests in progress are answered with `Connection: close`. Idle connections are closed a second
    /// later, so that a request that is already in transit is not lost. The server does not wait for a
    /// client that stops sending its request or stops receiving its response.
    ///
    /// # Errors
    ///
    /// Currently never returns an error: everything that can fail is reported when the server is bound.
    ///
    /// # Examples
    ///
    /// Two servers in one process, one of them for administrators on the same machine:
    ///
    /// ```no_run
    /// use router::Router;
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), router::Error> {
    /// let public = Router::new().bind("0.0.0.0:3000").await?;
    /// let admin = Router::new().bind("127.0.0.1:3001").await?;
    /// tokio::try_join!(public.run(), admin.run())?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn run(self) -> Result<(), Error> {
        let Self {
            listener,
            address,
            app,
            settings,
            trigger,
            signals,
        } = self;
        let ServerSettings {
            backlog: _,
            memory_limit,
            max_connections,
            max_connections_per_ip,
            timeouts,
            background,
            trigger: _,
            shutdown_deadline,
            of_the_server: _,
        } = settings;

        let _memory_limit = MemoryLimit::enforce(&app, memory_limit);
        let max_connections = max_connections.unwrap_or_else(connection_count::default_limit);
        let count = Arc::new(ConnectionCount::new(
            max_connections,
            max_connections_per_ip,
        ));
        for endpoint in app.endpoints() {
            endpoint.count_connections(&count);
        }
        let mut background = Background::start(background, app.hub());
        log::info!("listening on http://{address}");
        log_open_sockets(&app);

        let connections = connection::Connections::new(app.clone(), timeouts, count);
        accept::accept_until(trigger, listener, &connections).await;
        log::info!("shutting down");
        let ended = connections.ended();
        let cut_off = || connections.cut_off();
        shutdown::shut_down(&app, &mut background, shutdown_deadline, ended, cut_off).await;
        // Dropped last: until then, the process is ended by force if the shutdown takes too long.
        drop(signals);
        Ok(())
    }
}

/// The address of a client. A listener on `[::]` accepts IPv4 clients as well: their addresses are converted to
/// IPv4.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Logs the modules whose sockets any web page may open because `origins` was not given.
fn log_open_sockets(app: &App) {
    let open = |endpoint: &&Arc<Endpoint>| endpoint.options.origins.is_empty();
    for endpoint in app.endpoints().iter().filter(open) {
        log::info!(
            module = endpoint.name,
            "any web page may open this socket; list the allowed pages in `origins`, or set it to `[\"*\"]`"
        );
    }
}

impl<L> fmt::Debug for Server<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
