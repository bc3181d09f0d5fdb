//! Serving: the listener, its connections, the end.
//!
//! | file | is about |
//! |---|---|
//! | `listener` | where connections come from: TCP, or anything that accepts streams |
//! | `accept` | the accept loop, and what it does when accepting fails |
//! | `connection` | HTTP on one connection, until it closes or becomes a socket |
//! | `joined` | the stream under hyper, with small writes joined |
//! | `shutdown` | what happens when the server stops, and when |
//! | `signals` | SIGINT and SIGTERM |

mod accept;
mod connection;
mod joined;
mod listener;
mod shutdown;
mod signals;

pub(crate) use joined::Joined;
pub use listener::Listener;
pub(crate) use shutdown::Shutdown;

use crate::{Error, app::App};
use signals::Signals;
use std::{fmt, net::SocketAddr, sync::Arc};
use tokio::{net::TcpListener, task::JoinSet};

/// An app that listens: from [`Router::bind`](crate::Router::bind).
///
/// Connections are accepted by the system already, and served once it [runs](Self::run).
#[must_use = "a server does nothing until it runs"]
pub struct Server<L = TcpListener> {
    listener: L,
    address: SocketAddr,
    app: Arc<App>,
    shutdown: Shutdown,
}

impl<L: Listener> Server<L> {
    pub(crate) fn new(listener: L, app: App, shutdown: Shutdown) -> Result<Self, Error> {
        let address = listener.local_addr().map_err(Error::listener)?;
        Ok(Self {
            listener,
            address,
            app: Arc::new(app),
            shutdown,
        })
    }

    /// The address that it listens on: with the port that the system chose, if that was left open.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until SIGINT or SIGTERM, or until
    /// [`shutdown_when`](crate::Router::shutdown_when) says so, and then shuts down: accepting
    /// stops, every socket gets 1001, `close` handlers run, within the deadline.
    ///
    /// With signals, a second one ends the process at once; and it is ended one second after the
    /// deadline if user code blocks the runtime.
    ///
    /// A client has 30 seconds to send the head of a request, of at most 64 KiB; that is also how long
    /// a connection is kept between two requests.
    ///
    /// # Errors
    ///
    /// When signals can't be handled.
    pub async fn run(self) -> Result<(), Error> {
        let Self {
            listener,
            address,
            app,
            shutdown,
        } = self;
        let Shutdown { deadline, trigger } = shutdown;

        let mut sweeps = JoinSet::new();
        for endpoint in app.endpoints() {
            let endpoint = endpoint.clone();
            sweeps.spawn(async move { endpoint.sweep().await });
        }
        tracing::info!("listening on http://{address}");

        let connections = connection::Connections::new(app.clone());
        let mut signals = None;
        let trigger = match trigger {
            Some(trigger) => trigger,
            None => signals.insert(Signals::listen(deadline)?).first(),
        };
        accept::accept_until(trigger, listener, &connections).await;
        tracing::info!("shutting down");
        shutdown::shut_down(&app, &connections, deadline).await;
        Ok(())
    }
}

impl<L> fmt::Debug for Server<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
