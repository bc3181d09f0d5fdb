//! The rules of the outbox. This file is also compiled into a model checker's tests, with the checker's lock,
//! a simulated kernel and a simple queue of bytes. Mutants of this file are compiled there as well, and each
//! of them must fail.
//!
//! | file | contents |
//! |---|---|
//! | `write` | the writer token: who writes, and what follows from a write |
//! | `deferred` | work that has to wait until no lock is held |
//!
//! Terms:
//!
//! - *Blocked*: the kernel refused bytes. Writing is suspended until the session sees that the transport is
//!   writable again.
//! - *High*: begins when the kernel refuses bytes or the limit refuses or displaces a message, and ends when
//!   the queue has been written. Messages that are accepted in between are reported as `Queued`.
//! - *Asleep*: the session waits. Its waker is stored in the state, or held by a publisher that will write in
//!   place of the session ([`Outbox::flush_for`]) or wake the session.
//!
//! ```text
//! Open ──close, shed──▶ Closing ──the queue is written──▶ Flushed
//!   └───────────────────────┴──abort, a write fails──▶ Dead
//!
//! calm ──the limit refuses a message──▶ high ──the queue is written──▶ calm, and a drain is due
//!   └──the kernel refuses bytes──▶ high and blocked ──the session sees that the transport is writable, and writes──▶ …
//! ```
//!
//! | field | set by | cleared by | always holds |
//! |---|---|---|---|
//! | `writing` | the caller that takes the token | the same caller, after its write | `in_flight` is 0 while `writing` is clear |
//! | `blocked` | a write that is refused or short | the write that empties the queue; death | implies `high` and a queue that is not empty |
//! | `high` | a refused write; a refused or displaced message | the write that empties the queue | |
//! | `drain_due` | the write that empties a high queue | the session, before it calls the handler | reported only while not `high` |
//! | `missed` | refused and displaced published messages | the session, with `drain_due` | |
//! | `nudged` | [`Outbox::nudge`] | the session, when it checks its state | |
//! | `waker` | the session's last step before it waits | whoever wakes the session or writes in its place | stored only if nothing is owed |

mod deferred;
mod write;

use super::{
    ending::{Ended, Ending},
    queue::{Displaced, Frame, LARGE_FRAME_BYTES, Queue},
    status::{DropReason, SendStatus},
    sync::{Mutex, MutexGuard},
    wire::Wire,
};
pub(crate) use deferred::{Deferred, wake_up};
use std::task::{Poll, Waker};

/// The stage of a connection's life. It only moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Life {
    Open,
    /// A Close frame is the last frame in the queue. No more messages are accepted.
    Closing,
    /// The kernel has taken everything, including the Close frame.
    Flushed,
    /// Nothing more will be written.
    Dead,
}

pub(crate) struct Outbox {
    state: Mutex<State>,
}

struct State {
    life: Life,
    queue: Queue,
    /// Bytes that the holder of the writer token has taken out of the queue.
    in_flight: usize,
    /// The writer token, set while a caller holds it. Only the holder writes to the transport, and it does so
    /// without the lock.
    writing: bool,
    blocked: bool,
    high: bool,
    /// The queue has emptied after it was high, and `#[on(drain)]` has not run yet. Set by whichever thread
    /// writes the last byte; cleared by the session before it calls the handler. It is a flag rather than an
    /// event because the queue can empty on another thread while a handler is running.
    drain_due: bool,
    /// The number of published messages that the client has missed since the user was last told.
    missed: u32,
    /// See [`Outbox::epoch`].
    epoch: u32,
    /// The session was nudged and has not checked its state since.
    nudged: bool,
    waker: Option<Waker>,
    /// Why the connection is no longer open. The first caller to end it sets this.
    ending: Option<Box<Ending>>,
    /// Created when a task first waits for the end.
    ended: Option<Ended>,
}

/// A message for [`Outbox::push`].
pub(crate) struct Push<'a> {
    pub(crate) frame: Frame<'a>,
    /// Length of the message itself in bytes, for [`SendStatus::Sent`].
    pub(crate) payload: usize,
    /// `backpressure_limit`; 0 is no limit. Pings and Pongs have no limit: they are never refused while the
    /// connection is open.
    pub(crate) limit: usize,
    /// The epoch at which the message was compressed, if it refers to earlier messages. If the outbox's epoch
    /// has changed, the message is refused as stale, because it refers to a history that the peer's window no
    /// longer matches.
    pub(crate) epoch: Option<u32>,
    /// What happens when the limit is reached.
    pub(crate) kind: PushKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PushKind {
    /// A message for this connection alone.
    Own,
    /// A published message. If the limit refuses it, the client has missed it.
    Published,
    /// A published message that displaces earlier published messages (`on_slow = "drop_oldest"`).
    Displacing,
}

/// The result of a push.
pub(crate) struct Pushed {
    pub(crate) status: SendStatus,
    /// To be woken when the caller holds no lock.
    pub(crate) wake: Option<Waker>,
    /// Whether a write is worthwhile now: enough is queued, and the queue is not blocked.
    pub(crate) full: bool,
    /// Refused because the epoch has changed.
    pub(crate) stale: bool,
    /// The number of messages that were displaced by this one.
    pub(crate) displaced: usize,
}

impl Pushed {
    fn refused(reason: DropReason) -> Self {
        Self {
            status: SendStatus::Dropped(reason),
            wake: None,
            full: false,
            stale: false,
            displaced: 0,
        }
    }
}

/// What the session has to do before it may wait.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Owed {
    /// The queue has emptied: tell the user, with the number of published messages that the client has
    /// missed.
    Drain { missed: u32 },
    /// The connection has reached a later stage of its life.
    Life(Life),
    /// The session was nudged: it has to check what has changed elsewhere.
    Nudge,
}

/// What a session does while it asks what it has to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activity {
    /// It can call a handler at any moment.
    Reading,
    /// A handler is running, so a drain is not reported yet.
    InHandler,
}

/// The result of [`Outbox::poll_owed`].
pub(crate) struct Polled {
    pub(crate) owed: Poll<Owed>,
    /// The kernel had refused bytes and takes more now, which shows that the peer reads.
    pub(crate) writable: bool,
}

impl Outbox {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                life: Life::Open,
                queue: Queue::default(),
                in_flight: 0,
                writing: false,
                blocked: false,
                high: false,
                drain_due: false,
                missed: 0,
                epoch: 0,
                nudged: false,
                waker: None,
                ending: None,
                ended: None,
            }),
        }
    }

    pub(crate) fn life(&self) -> Life {
        self.state.lock().life
    }

    /// Bytes that were accepted and that the kernel has not taken yet; 0 if the connection is not open.
    pub(crate) fn buffered(&self) -> usize {
        let state = self.state.lock();
        if state.life == Life::Open {
            state.pending()
        } else {
            0
        }
    }

    /// A number that changes when a compressed frame is queued that was not made by the connection's own
    /// compressor. Such a frame advances the peer's window, so that the window no longer matches the history
    /// of that compressor.
    pub(crate) fn epoch(&self) -> u32 {
        self.state.lock().epoch
    }

    /// Whether a message would be refused right now, without trying to write.
    pub(crate) fn refuses(&self, limit: usize) -> bool {
        let state = self.state.lock();
        state.life != Life::Open || state.blocked && state.is_over(limit)
    }

    /// Accepts or refuses a message. The limit may refuse a message only after a write was tried: if the
    /// queue is over the limit and not known to be blocked, this function writes first, as a guest.
    pub(crate) fn push(&self, wire: &impl Wire, push: Push<'_>) -> Pushed {
        match self.try_push(push) {
            Ok(pushed) => pushed,
            Err(push) => {
                self.flush_as_guest(wire);
                self.admit(push, self.state.lock())
            }
        }
    }

    /// [`push`](Self::push) without the write: returns the message in `Err` if a write has to be tried first.
    pub(crate) fn try_push<'a>(&self, push: Push<'a>) -> Result<Pushed, Push<'a>> {
        let state = self.state.lock();
        if state.life == Life::Open && state.is_over(push.limit) && !state.blocked {
            return Err(push);
        }
        Ok(self.admit(push, state))
    }

    /// The number of bytes that can be queued before a message might have to be refused or written first.
    /// `None` if the connection is not open, the client does not keep up, or the queue is over the limit.
    pub(crate) fn room(&self, limit: usize) -> Option<usize> {
        let state = self.state.lock();
        if state.life != Life::Open || state.high || state.blocked {
            return None;
        }
        match limit {
            0 => Some(usize::MAX),
            limit => limit.checked_sub(state.queue.cost()),
        }
    }

    /// Like [`push`](Self::push), for a caller that has tried to write already. It does not write.
    pub(crate) fn push_now(&self, push: Push<'_>) -> Pushed {
        self.admit(push, self.state.lock())
    }

    fn admit(&self, push: Push<'_>, mut state: MutexGuard<'_, State>) -> Pushed {
        let Push {
            frame,
            payload,
            limit,
            epoch,
            kind,
        } = push;
        // The displaced frames, like `frame`, are dropped after the lock is released, because their buffers
        // may be the user's.
        let displaced = state.make_room(limit, kind);
        if let Some(reason) = state.refusal(limit, kind) {
            drop(state);
            return Pushed {
                displaced: displaced.len(),
                ..Pushed::refused(reason)
            };
        }
        if epoch.is_some_and(|epoch| epoch != state.epoch) {
            return Pushed {
                stale: true,
                ..Pushed::refused(DropReason::Closed)
            };
        }
        state.epoch = state.epoch.wrapping_add(frame.moves_window().into());
        let blocked = state.blocked;
        state.queue.push(frame, blocked);
        let pushed = state.accepted(payload, displaced.len());
        drop(state);
        pushed
    }

    /// Appends the Close frame and refuses all later messages, in one step. Does nothing if the connection is
    /// not open.
    #[must_use = "the session must learn that the connection is closing"]
    pub(crate) fn close(&self, frame: Frame<'_>, ending: Ending) -> Option<Waker> {
        let mut state = self.state.lock();
        if state.life != Life::Open {
            return None;
        }
        let blocked = state.blocked;
        state.queue.push(frame, blocked);
        state.ending = Some(Box::new(ending));
        state.life = Life::Closing;
        state.waker.take()
    }

    /// Ends writing at once; queued frames are lost. A connection that is closing already keeps its earlier
    /// reason.
    pub(crate) fn die(&self, ending: Ending) {
        let mut state = self.state.lock();
        state.ending.get_or_insert_with(|| Box::new(ending));
        let deferred = state.die();
        drop(state);
        deferred.release();
    }

    /// Closes the connection and drops its queue to free the memory. A short item that is partly on the wire
    /// is finished and followed by the Close frame. The connection ends at once if that item is long, if the
    /// queue is being written, or if the connection was closing already.
    pub(crate) fn shed(&self, close: Frame<'_>, ending: Ending) {
        let mut state = self.state.lock();
        state.ending.get_or_insert_with(|| Box::new(ending));
        let cut = match state.life {
            Life::Open if !state.writing => state.queue.cut(),
            _ => None,
        };
        let Some(cut) = cut else {
            let deferred = state.die();
            drop(state);
            return deferred.release();
        };
        let blocked = state.blocked;
        state.queue.push(close, blocked);
        state.life = Life::Closing;
        let wake = state.waker.take();
        drop(state);
        drop(cut);
        wake_up(wake);
    }

    /// The memory that the queue costs, at any stage of the connection's life.
    pub(crate) fn held(&self) -> usize {
        let state = self.state.lock();
        state.queue.cost() + state.in_flight
    }

    /// Why the connection ended; `None` while it is open.
    pub(crate) fn ending(&self) -> Option<Ending> {
        self.state.lock().ending.as_deref().cloned()
    }

    /// The notification of the connection's end; `None` if the connection is no longer open.
    pub(crate) fn ended(&self) -> Option<Ended> {
        let mut state = self.state.lock();
        (state.life == Life::Open).then(|| state.ended.get_or_insert_default().clone())
    }

    /// Takes the notification of the end out, so that the caller can notify the waiting tasks.
    pub(crate) fn take_ended(&self) -> Option<Ended> {
        self.state.lock().ended.take()
    }

    /// Makes the session check its state again, even if it is just about to wait.
    pub(crate) fn nudge(&self) {
        let mut state = self.state.lock();
        state.nudged = true;
        let wake = state.waker.take();
        drop(state);
        wake_up(wake);
    }

    /// The present status of an accepted message of `payload` bytes.
    pub(crate) fn status(&self, payload: usize) -> SendStatus {
        self.state.lock().status(payload)
    }

    /// Removes the session's waker, because a running session need not be woken. Returns what the session has
    /// to do before it reads more.
    pub(crate) fn awake(&self, seen: Life, activity: Activity) -> Option<Owed> {
        let mut state = self.state.lock();
        let waker = state.waker.take();
        let owed = state.owed(seen, activity);
        drop(state);
        drop(waker);
        owed
    }
}

impl State {
    fn pending(&self) -> usize {
        self.queue.bytes() + self.in_flight
    }

    /// Whether the queue costs more than `limit`. It is checked before a message is queued, so one message
    /// may exceed the limit. Bytes that are being written do not count.
    fn is_over(&self, limit: usize) -> bool {
        limit != 0 && self.queue.cost() > limit
    }

    /// Removes earlier messages to make room for a message that displaces them.
    fn make_room(&mut self, limit: usize, kind: PushKind) -> Vec<Displaced> {
        if kind != PushKind::Displacing || self.life != Life::Open || !self.is_over(limit) {
            return Vec::new();
        }
        let displaced = self.queue.displace(limit);
        self.high = true;
        self.missed = self.missed.saturating_add(displaced.len() as u32);
        displaced
    }

    fn refusal(&mut self, limit: usize, kind: PushKind) -> Option<DropReason> {
        if self.life != Life::Open {
            return Some(DropReason::Closed);
        }
        if self.is_over(limit) {
            self.high = true;
            self.missed = self.missed.saturating_add((kind != PushKind::Own).into());
            return Some(DropReason::Backpressure);
        }
        None
    }

    /// The waker of the session, if the session waits for something to write. If the queue is blocked, the
    /// session waits for the kernel instead and need not be woken.
    fn wake_to_write(&mut self) -> Option<Waker> {
        if self.blocked {
            None
        } else {
            self.waker.take()
        }
    }

    fn accepted(&mut self, payload: usize, displaced: usize) -> Pushed {
        Pushed {
            status: self.status(payload),
            full: !self.blocked && self.queue.bytes() >= LARGE_FRAME_BYTES,
            wake: self.wake_to_write(),
            stale: false,
            displaced,
        }
    }

    fn status(&self, payload: usize) -> SendStatus {
        if self.high {
            SendStatus::Queued {
                buffered: self.pending(),
            }
        } else {
            SendStatus::Sent(payload)
        }
    }

    fn owed(&mut self, seen: Life, activity: Activity) -> Option<Owed> {
        if self.life == Life::Closing && self.queue.is_empty() && !self.writing {
            self.life = Life::Flushed;
        }
        if self.life > seen {
            return Some(Owed::Life(self.life));
        }
        let may_drain = self.life == Life::Open && activity == Activity::Reading;
        if may_drain && self.drain_due && !self.high {
            self.drain_due = false;
            let missed = std::mem::take(&mut self.missed);
            return Some(Owed::Drain { missed });
        }
        std::mem::take(&mut self.nudged).then_some(Owed::Nudge)
    }

    fn die(&mut self) -> Deferred {
        self.life = Life::Dead;
        // The session must not poll for writability any more, because a dead stream is always writable.
        self.blocked = false;
        let queue = std::mem::take(&mut self.queue);
        Deferred::drop_queue(queue, self.waker.take())
    }
}

#[cfg(test)]
#[path = "protocol_tests.rs"]
mod tests;
