//! The shutdown of an app that runs under another server.

use super::{background::Background, shedder, shutdown::shut_down};
use crate::{app::App, memory::LimitGuard};
use parking_lot::Mutex;
use std::{fmt, future::ready, sync::Arc, time::Duration};
use tokio::{runtime::Handle, sync::watch, task::JoinSet};

/// The end of an app that runs as an [`AppService`](crate::AppService). A handle that is cheap to clone.
///
/// A server such as `axum::serve` ends without waiting for sockets, because they are no requests any more.
/// This handle gives them what [`Server`](crate::Server) gives them: a Close frame with code 1001, time for
/// their `close` handlers, and an end at the [deadline](crate::Router::shutdown_deadline).
///
/// If it is never begun, nothing happens to the sockets, and they end with the process.
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
    _shedder: JoinSet<()>,
    _limit: LimitGuard,
}

impl Ending {
    pub(super) fn new(
        app: Arc<App>,
        deadline: Duration,
        background: Background,
        limit: LimitGuard,
    ) -> Self {
        Self(Arc::new(Shared {
            _shedder: shedder::spawn(&app),
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
    /// are told to stop. Other requests are served as before, because the server decides about them.
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
            // The server ends the requests. A request that becomes a socket is counted as one from its
            // handshake on.
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

    /// Begins the shutdown when `signal` resolves, and then resolves itself. To be passed to the server as
    /// its own signal, so that both end at the same time.
    pub async fn begin_when(self, signal: impl Future) {
        signal.await;
        self.begin();
    }

    /// Resolves when all sockets and background tasks have ended, or when the
    /// [deadline](crate::Router::shutdown_deadline) has passed. If the shutdown has not begun, it waits for
    /// that first.
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
