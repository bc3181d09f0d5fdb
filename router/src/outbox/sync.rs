//! The lock of the outbox. `models` compiles `protocol.rs` against a model checker's lock instead.

pub(super) use parking_lot::{Mutex, MutexGuard};
