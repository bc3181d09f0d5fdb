//! The model checker's locks, with the interface of the runtime's locks.

use loom::sync::Mutex as Loom;
pub(super) use loom::sync::{MutexGuard, atomic::AtomicU32};

pub(super) struct Mutex<T>(Loom<T>);

impl<T> Mutex<T> {
    pub(super) fn new(value: T) -> Self {
        Self(Loom::new(value))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().expect("a panic ends the model")
    }
}

pub(super) fn unlock_fair<T>(guard: MutexGuard<'_, T>) {
    drop(guard);
}
