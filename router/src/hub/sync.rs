//! The locks of a topic. `models` compiles `topic.rs` against a model checker's locks instead.

pub(super) use parking_lot::{Mutex, MutexGuard};
pub(super) use std::sync::atomic::AtomicU32;

/// Lets go of a lock so that those who wait for it have their turn first.
pub(super) fn unlock_fair<T>(guard: MutexGuard<'_, T>) {
    MutexGuard::unlock_fair(guard);
}
