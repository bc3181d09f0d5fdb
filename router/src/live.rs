//! Counts items that a shutdown has to wait for, or whose number is limited.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::Notify;

/// Counts live items. Each clone counts as one; call `enter` and `leave` where storing a clone would take
/// too much memory.
pub(crate) struct LiveCount(Arc<Count>);

#[derive(Default)]
struct Count {
    live: AtomicUsize,
    none: Notify,
}

impl LiveCount {
    pub(crate) fn new() -> Self {
        let count = Arc::new(Count::default());
        count.live.store(1, Ordering::Relaxed);
        Self(count)
    }

    /// The number of live items, not counting this one.
    pub(crate) fn count(&self) -> usize {
        self.0.live.load(Ordering::SeqCst) - 1
    }

    /// Counts one more item and returns `true`, unless `limit` items are live. A `limit` of 0 is no limit.
    pub(crate) fn enter(&self, limit: usize) -> bool {
        let more = |live| (limit == 0 || live <= limit).then_some(live + 1);
        let live = &self.0.live;
        live.fetch_update(Ordering::SeqCst, Ordering::Relaxed, more)
            .is_ok()
    }

    /// Counts one item less.
    pub(crate) fn leave(&self) {
        if self.0.live.fetch_sub(1, Ordering::AcqRel) == 2 {
            self.0.none.notify_waiters();
        }
    }

    /// Resolves when no item other than this one is live.
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

impl Clone for LiveCount {
    fn clone(&self) -> Self {
        self.enter(0);
        Self(self.0.clone())
    }
}

impl Drop for LiveCount {
    fn drop(&mut self) {
        self.leave();
    }
}
