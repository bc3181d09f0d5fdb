//! Counting what a shutdown has to wait for, and what there may be only so many of.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::Notify;

/// Counts things that live. A clone is one of them; what has no room for one is counted by hand.
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

    /// Counts one more, unless there are `limit` (0 is none).
    pub(crate) fn enter(&self, limit: usize) -> bool {
        let more = |live| (limit == 0 || live <= limit).then_some(live + 1);
        let live = &self.0.live;
        live.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .is_ok()
    }

    /// Counts one less.
    pub(crate) fn leave(&self) {
        if self.0.live.fetch_sub(1, Ordering::AcqRel) == 2 {
            self.0.none.notify_waiters();
        }
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
        self.enter(0);
        Self(self.0.clone())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.leave();
    }
}
