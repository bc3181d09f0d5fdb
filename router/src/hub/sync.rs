//! The locks of a topic. `models` compiles `topic.rs` against a model checker's locks instead.

pub(super) use parking_lot::{Mutex, MutexGuard};
pub(super) use std::sync::atomic::AtomicU32;

/// Releases a lock and hands it to a waiting thread, if there is one.
pub(super) fn unlock_fair<T>(guard: MutexGuard<'_, T>) {
    MutexGuard::unlock_fair(guard);
}
