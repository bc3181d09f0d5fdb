//! A member that remembers what it got.

use super::sync::Mutex;
use std::{sync::Arc, task::Waker};

/// Joins and leaves come between any two receivers.
pub(super) const CHUNK: usize = 1;

pub(super) type Message = u32;

pub(super) struct Member {
    got: Mutex<Vec<Message>>,
}

impl Member {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            got: Mutex::new(Vec::new()),
        })
    }

    pub(super) fn window_class(&self) -> u32 {
        0
    }

    pub(super) fn got(&self) -> Vec<Message> {
        self.got.lock().clone()
    }

    pub(super) fn offer(&self, message: &Message) -> Option<Pushed> {
        Some(self.publish(message))
    }

    pub(super) fn publish(&self, message: &Message) -> Pushed {
        self.got.lock().push(*message);
        Pushed {
            status: SendStatus::Sent(0),
            wake: None,
            displaced: 0,
        }
    }
}

pub(super) struct Pushed {
    pub(super) status: SendStatus,
    pub(super) wake: Option<Waker>,
    pub(super) displaced: usize,
}

#[allow(dead_code, reason = "the topic counts all of them")]
pub(super) enum SendStatus {
    Sent(usize),
    Queued { buffered: usize },
    Dropped(DropReason),
}

#[allow(dead_code, reason = "the topic counts all of them")]
pub(super) enum DropReason {
    Closed,
    Backpressure,
}

pub(super) fn wake_up(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
