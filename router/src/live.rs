//! Counting what a shutdown has to wait for.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::Notify;

/// A clone for each thing that lives: a connection, or a socket from its handshake on.
pub(crate) struct Live(Arc<Count>);

#[derive(Default)]
struct Count {
    live: AtomicUsize,
    none: Notify,
}

impl Live {
    pub(crate) fn new() -> Self {
        let count = Arc::new(Count::default());
        count.live.store(1, Ordering::Relaxed);
        Self(count)
    }

    /// How many live beside this one.
    pub(crate) fn count(&self) -> usize {
        self.0.live.load(Ordering::Acquire) - 1
    }

    /// Resolves when this is the last one.
    pub(crate) async fn alone(&self) {
        loop {
            let mut none = std::pin::pin!(self.0.none.notified());
            none.as_mut().enable();
            if self.count() == 0 {
                return;
            }
            none.await;
        }
    }
}

impl Clone for Live {
    fn clone(&self) -> Self {
        self.0.live.fetch_add(1, Ordering::Relaxed);
        Self(self.0.clone())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if self.0.live.fetch_sub(1, Ordering::AcqRel) == 2 {
            self.0.none.notify_waiters();
        }
    }
}
