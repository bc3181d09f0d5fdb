//! How much memory the server holds for its clients, and how much it may.
//!
//! What is held is counted where it is allocated and freed: outgoing queues, messages while they are
//! received or handled, compressors, request bodies and heads. The count is that of the process, since
//! its memory is what may run out; a [`Router::memory_limit`](crate::Router::memory_limit) applies to
//! all of it.
//!
//! | file | is about |
//! |---|---|
//! | `ledger` | counting from many threads without a shared cache line per message |
//! | `charge` | one holder's share, given back when it is dropped |
//! | `limit` | the limit: the default, and the lowest of several servers |
//! | `sync` | the atomics behind an alias, so that the model checker can put its own there |

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

/// Up to this size, messages, bodies and responses are handled although the limit is exceeded: they are not
/// what exceeds it.
pub(crate) const SMALL: usize = 16 * 1024;

/// What a client is told that is refused because the limit is exceeded.
pub(crate) const USED_UP: &str = "the server's memory is used up";

static HELD: Ledger = Ledger {
    shards: [const { Shard(AtomicIsize::new(0)) }; SHARDS],
    total: AtomicIsize::new(0),
    limit: AtomicIsize::new(isize::MAX),
};

/// Notified whenever more is held than the limit allows.
static EXCEEDED: Notify = Notify::const_new();

/// Counts bytes that are held from now on.
pub(crate) fn add(bytes: usize) {
    change(bytes as isize);
}

/// Counts bytes that are no longer held.
pub(crate) fn sub(bytes: usize) {
    change(-(bytes as isize));
}

/// Counts a buffer that has grown or shrunk.
pub(crate) fn resized(before: usize, after: usize) {
    change(after as isize - before as isize);
}

/// All bytes that are held. Exact while nothing is being counted.
pub(crate) fn held() -> usize {
    HELD.held()
}

/// Whether more is held than the limit allows. What asks for more memory for one client is refused
/// then.
pub(crate) fn is_full() -> bool {
    HELD.is_full()
}

/// How many bytes may be held.
pub(crate) fn limit() -> usize {
    HELD.limit()
}

/// The number of bytes to free when the limit is exceeded: an eighth of the limit more than the excess,
/// so that it is not exceeded again by the next message.
pub(crate) fn excess() -> usize {
    let limit = limit();
    held().saturating_sub(limit - limit / 8)
}

/// Resolves when more is held than the limit allows.
pub(crate) async fn exceeded() {
    loop {
        let mut notified = std::pin::pin!(EXCEEDED.notified());
        // A notification that comes after this is kept.
        notified.as_mut().enable();
        if is_full() {
            return;
        }
        notified.await;
    }
}

fn change(bytes: isize) {
    if bytes != 0 && HELD.change(shard(), bytes) {
        EXCEEDED.notify_waiters();
    }
}

/// The number of this thread: threads that have different ones write to different cache lines.
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
