//! SIGINT and SIGTERM.
//!
//! A thread of its own takes them: user code that blocks the runtime can't keep the process alive.

use super::shutdown::Trigger;
use crate::Error;
use std::{
    process,
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};
use tokio::sync::oneshot;

/// What a process that has to be ended by force exits with.
const FORCED: i32 = 1;

/// How long after the deadline the process is ended by force.
const MERCY: Duration = Duration::from_secs(1);

/// Signals are handled while this lives.
pub(super) struct Signals {
    first: Option<oneshot::Receiver<()>>,
    #[cfg(unix)]
    handle: signal_hook::iterator::Handle,
    /// Dropped, it says that the server has ended by itself.
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
        let handle = taken.handle();
        let (told, first) = oneshot::channel();
        let (running, ended) = mpsc::channel();
        let watch = move || {
            let mut signals = taken.forever();
            if signals.next().is_none() {
                return;
            }
            // Fails when the server ends at this very moment.
            let _ = told.send(());
            thread::spawn(move || end_by_force(&ended, deadline + MERCY));
            if signals.next().is_some() {
                process::exit(FORCED);
            }
        };
        thread::Builder::new()
            .name("signals".into())
            .spawn(watch)
            .map_err(Error::signals)?;
        Ok(Self {
            first: Some(first),
            handle,
            _running: running,
        })
    }

    #[cfg(not(unix))]
    pub(super) fn listen(deadline: Duration) -> Result<Self, Error> {
        let (told, first) = oneshot::channel();
        let (running, ended) = mpsc::channel();
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                let _ = told.send(());
                thread::spawn(move || end_by_force(&ended, deadline + MERCY));
            }
        });
        Ok(Self {
            first: Some(first),
            _running: running,
        })
    }

    /// Resolves at the first signal.
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
        #[cfg(unix)]
        self.handle.close();
    }
}

/// Ends the process, unless the server ends in time.
fn end_by_force(ended: &mpsc::Receiver<()>, after: Duration) {
    if ended.recv_timeout(after) == Err(RecvTimeoutError::Timeout) {
        tracing::error!("the deadline has passed, and the process did not end by itself");
        process::exit(FORCED);
    }
}
