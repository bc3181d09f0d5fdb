//! The shutdown of an app that runs under another server.

use super::{background::Background, shedder::MemoryLimit, shutdown::shut_down};
use crate::app::App;
use parking_lot::Mutex;
use std::{fmt, future::ready, sync::Arc, time::Duration};
use tokio::{runtime::Handle, sync::watch};

/// A handle that shuts down an app that runs as an [`AppService`](crate::AppService). It is cheap to clone.
///
/// A server such as `axum::serve` ends without waiting for sockets, because an open socket is no longer a
/// request. This handle ends sockets as [`Server`](crate::Server) does: each receives a Close frame with code
/// 1001, has time for its `close` handler, and ends at the [deadline](crate::Router::shutdown_deadline) at
/// the latest.
///
/// If the shutdown is never begun, the sockets stay open and end with the process.
///
/// # Examples
///
/// See [`Router::into_service`](crate::Router::into_service).
#[derive(Clone)]
pub struct Ending(Arc<Shared>);

struct Shared {
    app: Arc<App>,
    deadline: Duration,
    /// Taken when the shutdown begins.
    background: Mutex<Option<Background>>,
    is_finished: watch::Sender<bool>,
    _limit: MemoryLimit,
}

impl Ending {
    pub(super) fn new(
        app: Arc<App>,
        deadline: Duration,
        background: Background,
        limit: MemoryLimit,
    ) -> Self {
        Self(Arc::new(Shared {
            _limit: limit,
            app,
            deadline,
            background: Mutex::new(Some(background)),
            is_finished: watch::Sender::new(false),
        }))
    }

    /// Begins the shutdown, and returns at once. Only the first call has an effect.
    ///
    /// From now on, handshakes are answered with 503, every socket is closed with 1001, and background tasks
    /// are told to stop. Other requests are served as before, because the server decides when they end.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
    pub fn begin(&self) {
        // First, because it panics outside of a runtime.
        let runtime = Handle::current();
        let Some(mut background) = self.0.background.lock().take() else {
            return;
        };
        let shared = self.0.clone();
        runtime.spawn(async move {
            // Requests are not waited for here, because the other server ends them. A request that becomes a
            // socket is counted as a socket from its handshake on.
            let requests = ready(());
            shut_down(
                &shared.app,
                &mut background,
                shared.deadline,
                requests,
                || {},
            )
            .await;
            shared.is_finished.send_replace(true);
        });
    }

    /// Waits until `signal` resolves, and then begins the shutdown. Pass this future to the server as its own
    /// shutdown signal, so that the server and the app begin to shut down at the same time.
    pub async fn begin_when(self, signal: impl Future) {
        signal.await;
        self.begin();
    }

    /// Resolves when all sockets and background tasks have ended, or when the
    /// [deadline](crate::Router::shutdown_deadline) has passed. If the shutdown has not begun, this method
    /// first waits for it to begin.
    pub async fn finished(&self) {
        let mut finished = self.0.is_finished.subscribe();
        // Cannot fail: `self` holds the sender.
        let _ = finished.wait_for(|finished| *finished).await;
    }
}

impl fmt::Debug for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ending")
            .field("has_begun", &self.0.background.lock().is_none())
            .field("is_finished", &*self.0.is_finished.borrow())
            .finish()
    }
}
