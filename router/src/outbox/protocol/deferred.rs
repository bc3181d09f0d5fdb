//! Work that has to wait until no lock is held.

use super::super::queue::{Batch, Queue};
use std::task::Waker;

/// Work to do when no lock is held, because a waker and the destructors of users' buffers may run any code.
#[derive(Default)]
#[must_use = "the session must be woken"]
pub(crate) struct Deferred {
    pub(super) wake: Option<Waker>,
    dropped: Option<Box<Dropped>>,
}

#[allow(dead_code, reason = "stored only to be dropped later")]
enum Dropped {
    Queue(Queue),
    Batch(Batch),
}

impl Deferred {
    pub(super) fn wake(wake: Option<Waker>) -> Self {
        Self {
            wake,
            dropped: None,
        }
    }

    pub(super) fn drop_queue(queue: Queue, wake: Option<Waker>) -> Self {
        Self {
            wake,
            dropped: (!queue.is_empty()).then(|| Box::new(Dropped::Queue(queue))),
        }
    }

    pub(super) fn drop_batch(batch: Batch) -> Self {
        Self {
            wake: None,
            dropped: Some(Box::new(Dropped::Batch(batch))),
        }
    }

    pub(crate) fn take_wake(&mut self) -> Option<Waker> {
        self.wake.take()
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.wake.is_none() && self.dropped.is_none()
    }

    pub(crate) fn release(self) {
        drop(self.dropped);
        wake_up(self.wake);
    }
}

pub(crate) fn wake_up(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
