//! The atomics of the ledger. `models` compiles `ledger.rs` against a model checker's atomics instead.

pub(super) use std::sync::atomic::{AtomicIsize, Ordering::Relaxed};
