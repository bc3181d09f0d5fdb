//! The model checker's atomics.

pub(super) use loom::sync::atomic::{AtomicIsize, Ordering::Relaxed};
