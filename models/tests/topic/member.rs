//! A simulated member, which records the messages that it receives.

use super::sync::Mutex;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::{sync::Arc, task::Waker};

/// One, so that joins and leaves can happen between any two receivers.
pub(super) const MEMBERS_PER_CHUNK: usize = 1;
/// The same number as in the runtime. No model reaches it, because the models have fewer members.
pub(super) const MOST_WRITTEN: usize = 1024;

pub(super) type Message = u8;
pub(super) type SocketId = usize;

/// Each message is one byte.
pub(super) struct Frames(Vec<Message>);

impl Frames {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

pub(super) struct Member {
    id: SocketId,
    state: Mutex<State>,
    /// Set before the topic learns that the member is to be closed.
    is_ending: AtomicBool,
    /// The number of bytes for which acceptance can be promised.
    room: AtomicUsize,
    is_full: AtomicBool,
}

struct State {
    got: Vec<Message>,
    is_closed: bool,
}

impl Member {
    pub(super) fn new(id: SocketId) -> Arc<Self> {
        Arc::new(Self {
            id,
            state: Mutex::new(State {
                got: Vec::new(),
                is_closed: false,
            }),
            is_ending: AtomicBool::new(false),
            room: AtomicUsize::new(usize::MAX),
            is_full: AtomicBool::new(false),
        })
    }

    pub(super) fn id(&self) -> SocketId {
        self.id
    }

    pub(super) fn window_class(&self) -> u32 {
        0
    }

    pub(super) fn got(&self) -> Vec<Message> {
        self.state.lock().got.clone()
    }

    /// Makes the member high: it has no room, and published messages are `Queued`.
    pub(super) fn turn_high(&self) {
        self.room.store(0, Relaxed);
    }

    /// The first half of closing: see `Connection::close`.
    pub(super) fn begin_close(&self) {
        self.is_ending.store(true, Relaxed);
    }

    pub(super) fn close(&self) {
        self.state.lock().is_closed = true;
    }

    pub(super) fn closes_if_slow(&self) -> bool {
        false
    }

    pub(super) fn close_if_slow(&self) {}

    /// Makes the queue look full: `try_publish` fails, so the topic must flush the member before it
    /// publishes.
    pub(super) fn fill(&self) {
        self.is_full.store(true, Relaxed);
    }

    pub(super) fn try_publish(&self, message: &Message) -> Option<Pushed> {
        (!self.is_full.load(Relaxed)).then(|| self.publish(message))
    }

    pub(super) fn flush(&self) {}

    pub(super) fn publish_now(&self, message: &Message) -> Pushed {
        self.publish(message)
    }

    pub(super) fn publish(&self, message: &Message) -> Pushed {
        let mut state = self.state.lock();
        let status = if state.is_closed {
            SendStatus::Dropped(DropReason::Closed)
        } else {
            state.got.push(*message);
            if self.room.load(Relaxed) == 0 {
                SendStatus::Queued { buffered: 1 }
            } else {
                SendStatus::Sent(1)
            }
        };
        Pushed {
            status,
            wake: None,
            displaced: 0,
        }
    }

    pub(super) fn room(&self) -> Option<usize> {
        let is_fine = !self.is_ending.load(Relaxed) && self.room.load(Relaxed) > 0;
        is_fine.then_some(usize::MAX)
    }

    pub(super) fn deliver(&self, frames: &Frames, _through: bool) -> Deferred {
        let mut state = self.state.lock();
        if !state.is_closed {
            state.got.extend(&frames.0);
        }
        Deferred
    }
}

#[derive(Default)]
pub(super) struct Deferred;

impl Deferred {
    pub(super) fn is_nothing(&self) -> bool {
        true
    }

    pub(super) fn take_wake(&mut self) -> Option<Waker> {
        None
    }

    pub(super) fn release(self) {}
}

pub(super) struct Pushed {
    pub(super) status: SendStatus,
    pub(super) wake: Option<Waker>,
    pub(super) displaced: usize,
}

#[allow(dead_code, reason = "the topic counts all variants")]
pub(super) enum SendStatus {
    Sent(usize),
    Queued { buffered: usize },
    Dropped(DropReason),
}

#[allow(dead_code, reason = "the topic counts all variants")]
pub(super) enum DropReason {
    Closed,
    Backpressure,
}

pub(super) fn wake_session(_: Arc<Member>, waker: Waker) {
    waker.wake();
}
