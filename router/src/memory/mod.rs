//! How much memory the server holds for its clients, and the limit on it.
//!
//! Held memory is counted where it is allocated and freed: outgoing queues, messages while they are received
//! or handled, compressors, request bodies and heads. The count is that of the process, because the process's
//! memory is what can run out. A [`Router::memory_limit`](crate::Router::memory_limit) applies to all of it.
//!
//! | file | is about |
//! |---|---|
//! | `ledger` | counting on many threads that do not write to one cache line for each message |
//! | `charge` | the bytes of one owner, subtracted from the count when the owner drops its `Charge` |
//! | `limit` | the limit: its default, and the lowest of several servers |
//! | `sync` | aliases of the atomics, so that the model checker can replace them |

mod charge;
mod ledger;
mod limit;
mod sync;

pub(crate) use charge::Charge;
pub(crate) use limit::{LimitGuard, default_limit};

use ledger::{Ledger, SHARDS, Shard};
use std::{
    cell::Cell,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};
use sync::AtomicIsize;
use tokio::sync::Notify;

/// Messages, bodies and responses of up to this number of bytes are handled even if the limit is exceeded,
/// because they are not the reason why it is exceeded.
pub(crate) const SMALL: usize = 16 * 1024;

/// The message for a client that is refused because the limit is exceeded.
pub(crate) const USED_UP: &str = "the server has reached its memory limit";

static HELD: Ledger = Ledger {
    shards: [const { Shard(AtomicIsize::new(0)) }; SHARDS],
    total: AtomicIsize::new(0),
    limit: AtomicIsize::new(isize::MAX),
};

/// Notified whenever more may be held than the limit allows. The notified task checks whether that is so.
static EXCEEDED: Notify = Notify::const_new();

/// Counts bytes that are held from now on.
pub(crate) fn add(bytes: usize) {
    add_signed(bytes as isize);
}

/// Counts bytes that are no longer held.
pub(crate) fn sub(bytes: usize) {
    add_signed(-(bytes as isize));
}

/// Counts a buffer that has grown or shrunk.
pub(crate) fn resized(before: usize, after: usize) {
    add_signed(after as isize - before as isize);
}

/// The number of bytes that are held. Exact while no thread changes the count.
pub(crate) fn held() -> usize {
    HELD.held()
}

/// Whether more is held than the limit allows. Requests for more memory for one client are then refused.
pub(crate) fn is_full() -> bool {
    HELD.is_full()
}

/// The number of bytes that may be held.
pub(crate) fn limit() -> usize {
    HELD.limit()
}

/// The number of bytes to free when the limit is exceeded: an eighth of the limit more than the excess, so
/// that the next message does not exceed the limit again.
pub(crate) fn excess() -> usize {
    let limit = limit();
    held().saturating_sub(limit - limit / 8)
}

/// Resolves when more is held than the limit allows.
pub(crate) async fn exceeded() {
    loop {
        let mut notified = std::pin::pin!(EXCEEDED.notified());
        // A notification from here on is not lost.
        notified.as_mut().enable();
        if is_full() {
            return;
        }
        notified.await;
    }
}

fn add_signed(bytes: isize) {
    if bytes != 0 && HELD.add_signed(shard(), bytes) {
        EXCEEDED.notify_waiters();
    }
}

/// The number of this thread's shard. Threads with different shards write to different cache lines.
fn shard() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static SHARD: Cell<Option<usize>> = const { Cell::new(None) };
    }
    SHARD.get().unwrap_or_else(|| {
        let shard = NEXT.fetch_add(1, Relaxed);
        SHARD.set(Some(shard));
        shard
    })
}
