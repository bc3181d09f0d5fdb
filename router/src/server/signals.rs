//! SIGINT and SIGTERM.
//!
//! On Unix, a dedicated thread handles these signals, so that user code that blocks the runtime cannot
//! keep the process running.

use crate::{app::Trigger, error::Error, log};
use std::{
    process,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};
use tokio::sync::oneshot;

/// The exit code of a process that is ended by force.
const FORCED: i32 = 1;

/// The time from the deadline until the process is ended by force.
const FORCE_EXIT_GRACE: Duration = Duration::from_secs(1);

/// The number of servers that shut down at a signal.
static SERVERS: AtomicUsize = AtomicUsize::new(0);

/// Shuts down the server that holds this value at the first signal.
///
/// After that, a signal ends the process, even if the server no longer exists: the signal handler cannot
/// be removed, and a process that is stuck must not ignore signals.
pub(super) struct Signals {
    first: Option<oneshot::Receiver<()>>,
    /// Dropping this sender reports that the server has ended by itself.
    _running: mpsc::Sender<()>,
}

impl Signals {
    #[cfg(unix)]
    pub(super) fn listen(deadline: Duration) -> Result<Self, Error> {
        use signal_hook::{
            consts::{SIGINT, SIGTERM},
            iterator::Signals as Taken,
        };
        let mut taken = Taken::new([SIGINT, SIGTERM]).map_err(Error::signals)?;
        let (told, first) = oneshot::channel();
        let (running, ended) = mpsc::channel();
        let mut first_signal = Some((told, ended));
        let watch = move || {
            for _ in taken.forever() {
                let Some((told, ended)) = first_signal.take() else {
                    process::exit(FORCED);
                };
                if told.send(()).is_ok() {
                    thread::spawn(move || end_by_force(&ended, deadline + FORCE_EXIT_GRACE));
                } else if SERVERS.load(Ordering::Relaxed) == 0 {
                    process::exit(FORCED);
                }
                // Otherwise this server was dropped, and the signal is for another server.
            }
        };
        thread::Builder::new()
            .name("signals".into())
            .spawn(watch)
            .map_err(Error::signals)?;
        Ok(Self::new(first, running))
    }

    #[cfg(not(unix))]
    pub(super) fn listen(deadline: Duration) -> Result<Self, Error> {
        let (told, first) = oneshot::channel();
        let (running, ended) = mpsc::channel();
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                let _ = told.send(());
                thread::spawn(move || end_by_force(&ended, deadline + FORCE_EXIT_GRACE));
            }
        });
        Ok(Self::new(first, running))
    }

    fn new(first: oneshot::Receiver<()>, running: mpsc::Sender<()>) -> Self {
        SERVERS.fetch_add(1, Ordering::Relaxed);
        Self {
            first: Some(first),
            _running: running,
        }
    }

    /// Returns a future that resolves at the first signal.
    pub(super) fn first(&mut self) -> Trigger {
        let first = self.first.take();
        Box::pin(async move {
            if let Some(first) = first {
                let _ = first.await;
            }
        })
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        SERVERS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Ends the process, unless the server ends within the time `after`.
fn end_by_force(ended: &mpsc::Receiver<()>, after: Duration) {
    if ended.recv_timeout(after) == Err(RecvTimeoutError::Timeout) {
        log::error!("the shutdown deadline has passed, but the process is still running; exiting");
        process::exit(FORCED);
    }
}
