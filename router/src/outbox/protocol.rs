//! The rules of the outbox. This file is also compiled into a model checker's tests, with its
//! lock, its kernel and a queue of plain numbers in place of ours; and mutants of it, each of
//! which must fail there.
//!
//! Terms. *Blocked*: the kernel refused bytes, and writing waits for the session to see that it
//! takes more. *High*: an episode that begins when the kernel or the limit refuses something, and
//! ends when nothing waits any more; what is accepted meanwhile is `Queued`. *Asleep*: the
//! session's waker stands in the state; it does so exactly while the session waits.

use super::{
    ending::{Ended, Ending},
    queue::{Batch, Displaced, Frame, Frames, LARGE, Queue},
    status::{DropReason, SendStatus},
    sync::{Mutex, MutexGuard},
    wire::Wire,
};
use std::{
    io::ErrorKind,
    task::{Context, Poll, Waker},
};

/// How far a connection's life has gone. It never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Life {
    Open,
    /// A Close frame stands at the end of the queue: nothing is accepted any more.
    Closing,
    /// The kernel has taken everything, the Close frame too.
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
    /// The writer token. Its holder is the only one in the kernel; the call is made unlocked.
    writing: bool,
    blocked: bool,
    high: bool,
    /// An episode ended and the user was not told yet. Owed, not an event: the backlog may vanish
    /// on any thread, while a handler runs.
    drain_due: bool,
    /// Published messages that the client did not get since the user was last told.
    missed: u32,
    /// See [`Outbox::epoch`].
    epoch: u32,
    /// Somebody nudged the session, and it has not looked yet.
    nudged: bool,
    waker: Option<Waker>,
    /// Why the connection isn't open any more: the first to end it says.
    ending: Option<Box<Ending>>,
    /// There once somebody waits for the end.
    ended: Option<Ended>,
}

/// A message for [`Outbox::push`].
pub(crate) struct Push<'a> {
    pub(crate) frame: Frame<'a>,
    /// Length of the message itself, for the report.
    pub(crate) payload: usize,
    /// `backpressure_limit`; 0 is none, which is also what Pings and Pongs have: they are never
    /// refused while the connection is open.
    pub(crate) limit: usize,
    /// Refused as stale unless the outbox's epoch is this: what was compressed may refer only to
    /// what the peer has at that point.
    pub(crate) epoch: Option<u32>,
    /// What it is to the others in the queue.
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of this connection alone.
    Own,
    /// Where the limit refuses it, the client has missed something.
    Published,
    /// The same, and what was published before makes room for it (`on_slow = "drop_oldest"`).
    Displacing,
}

/// What became of a push.
pub(crate) struct Pushed {
    pub(crate) status: SendStatus,
    /// To be woken once the caller holds no lock.
    pub(crate) wake: Option<Waker>,
    /// Whether enough waits, and nothing keeps it, that writing now pays.
    pub(crate) full: bool,
    /// Refused because the epoch went on.
    pub(crate) stale: bool,
    /// Messages that made room for this one.
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
    /// The backlog is gone: tell the user, and how many published messages were lost to it.
    Drain { missed: u32 },
    /// The connection's life went on.
    Life(Life),
    /// Something has changed elsewhere: the session looks again.
    Nudge,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// The session's task, which can wait until the kernel takes more.
    Session { retry: bool },
    /// Anybody else.
    Guest,
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

    /// Bytes accepted and not yet taken by the kernel; 0 once the connection isn't open.
    pub(crate) fn buffered(&self) -> usize {
        let state = self.state.lock();
        if state.life == Life::Open {
            state.pending()
        } else {
            0
        }
    }

    /// A number that changes with each compressed frame which the connection's own compressor did
    /// not make: it moves the peer's window on.
    pub(crate) fn epoch(&self) -> u32 {
        self.state.lock().epoch
    }

    /// Whether a message would be refused right now, without a look at the kernel.
    pub(crate) fn refuses(&self, limit: usize) -> bool {
        let state = self.state.lock();
        state.life != Life::Open || state.blocked && state.is_over(limit)
    }

    /// Accepts or refuses a message. A limit may refuse only after the kernel was asked: where
    /// the queue is over it and not known to be blocked, the caller writes first, as a guest.
    pub(crate) fn push(&self, wire: &impl Wire, push: Push<'_>) -> Pushed {
        match self.offer(push) {
            Ok(pushed) => pushed,
            Err(push) => {
                self.flush_as_guest(wire);
                self.admit(push, self.state.lock())
            }
        }
    }

    /// [`push`](Self::push) without the write: gives the message back where one is needed.
    pub(crate) fn offer<'a>(&self, push: Push<'a>) -> Result<Pushed, Push<'a>> {
        let state = self.state.lock();
        if state.life == Life::Open && state.is_over(push.limit) && !state.blocked {
            return Err(push);
        }
        Ok(self.admit(push, state))
    }

    /// How many bytes a client that keeps up is certain to have accepted, after which the kernel would have
    /// to be asked; `None` if the connection is not open, or the client does not keep up.
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

    /// Accepts frames that were promised to be accepted: no limit applies, and only a connection that is not
    /// open refuses them. With `through` they are written at once if nothing waits and nobody writes;
    /// otherwise they are queued, `separately` if they may be displaced one by one.
    pub(crate) fn deliver(
        &self,
        wire: &impl Wire,
        frames: &Frames,
        separately: bool,
        through: bool,
    ) -> Deferred {
        let mut state = self.state.lock();
        if state.life != Life::Open {
            return Deferred::default();
        }
        if through && state.queue.is_empty() && !state.writing && !state.blocked {
            return match self.write(wire, Writer::Guest, state, Batch::of(frames)) {
                // Frames that others queued meanwhile are left to the session.
                Ok(mut state) if !state.queue.is_empty() => Deferred::wake(state.waker.take()),
                Ok(_) => Deferred::default(),
                Err(deferred) => deferred,
            };
        }
        state.queue.push_frames(frames, separately);
        // A blocked session waits for the kernel, not for more to write.
        let wake = if state.blocked {
            None
        } else {
            state.waker.take()
        };
        Deferred::wake(wake)
    }

    fn admit(&self, push: Push<'_>, mut state: MutexGuard<'_, State>) -> Pushed {
        let Push {
            frame,
            payload,
            limit,
            epoch,
            kind,
        } = push;
        // Dropped when the lock is gone, as the frame is: what they hold is the user's.
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

    /// Appends the Close frame and refuses everything after it, in one step. Does nothing on a
    /// connection that isn't open.
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

    /// Ends writing at once: what waits is lost. A connection that was closing before ends for the
    /// reason that it had.
    pub(crate) fn die(&self, ending: Ending) {
        let mut state = self.state.lock();
        state.ending.get_or_insert_with(|| Box::new(ending));
        let deferred = state.die();
        drop(state);
        deferred.release();
    }

    /// Closes the connection and gives up what waits, so that it takes no memory. A frame that is on the
    /// wire in part is finished and followed by the Close frame if it is short; else the connection ends
    /// at once, as does one that was closing before.
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

    /// What the queue costs in memory, in whatever state the connection is.
    pub(crate) fn held(&self) -> usize {
        let state = self.state.lock();
        state.queue.cost() + state.in_flight
    }

    /// What ended the connection.
    pub(crate) fn ending(&self) -> Option<Ending> {
        self.state.lock().ending.as_deref().cloned()
    }

    /// What to wait for to learn of the end; `None` if the connection isn't open any more.
    pub(crate) fn ended(&self) -> Option<Ended> {
        let mut state = self.state.lock();
        (state.life == Life::Open).then(|| state.ended.get_or_insert_default().clone())
    }

    /// Takes out what others wait for, to tell them.
    pub(crate) fn take_ended(&self) -> Option<Ended> {
        self.state.lock().ended.take()
    }

    /// Makes the session look again, also one that is just about to wait.
    pub(crate) fn nudge(&self) {
        let mut state = self.state.lock();
        state.nudged = true;
        let wake = state.waker.take();
        drop(state);
        wake_up(wake);
    }

    /// Writes what the kernel takes, for a caller that isn't about to wait for more.
    pub(crate) fn flush_as_guest(&self, wire: &impl Wire) {
        self.flush(wire, Writer::Guest);
    }

    /// What an accepted message of `payload` bytes is by now.
    pub(crate) fn status(&self, payload: usize) -> SendStatus {
        self.state.lock().status(payload)
    }

    /// The session is running: nobody needs to wake it until it waits again. Says what it has to
    /// see to before it reads on.
    pub(crate) fn awake(&self, seen: Life, in_handler: bool) -> Option<Owed> {
        let mut state = self.state.lock();
        let waker = state.waker.take();
        let owed = state.owed(seen, in_handler);
        drop(state);
        drop(waker);
        owed
    }

    /// The session's last step before it waits: writes what it can, and either names what is owed
    /// or stores the waker.
    ///
    /// No wake-up is lost: the checks and the store are one critical section, and writability is
    /// asked for *after* `blocked` was seen. While a handler runs, drain waits for its end.
    /// `writable` is set when a kernel that had refused takes bytes again: the peer reads.
    pub(crate) fn poll_owed(
        &self,
        wire: &impl Wire,
        cx: &mut Context<'_>,
        seen: Life,
        in_handler: bool,
        writable: &mut bool,
    ) -> Poll<Owed> {
        let mut retry = false;
        loop {
            self.flush(
                wire,
                Writer::Session {
                    retry: std::mem::take(&mut retry),
                },
            );
            let waker = cx.waker().clone();
            let mut state = self.state.lock();
            if let Some(owed) = state.owed(seen, in_handler) {
                return Poll::Ready(owed);
            }
            if !state.queue.is_empty() && !state.blocked && !state.writing {
                continue;
            }
            let before = state.waker.replace(waker);
            let blocked = state.blocked;
            drop(state);
            drop(before);
            if !blocked {
                // What the transport keeps back, it goes on with when it wakes the session.
                let _ = wire.poll_flush(cx);
                return Poll::Pending;
            }
            match wire.poll_writable(cx) {
                Poll::Pending => return Poll::Pending,
                // An error shows again, and is dealt with, when writing is tried.
                Poll::Ready(_) => {
                    retry = true;
                    *writable = true;
                }
            }
        }
    }

    fn flush(&self, wire: &impl Wire, writer: Writer) {
        self.write_queue(wire, writer, self.state.lock()).release();
    }

    /// Writes the queue until it is empty, the kernel takes no more, or somebody else writes.
    fn write_queue<'s>(
        &'s self,
        wire: &impl Wire,
        writer: Writer,
        mut state: MutexGuard<'s, State>,
    ) -> Deferred {
        let mut retry = writer == Writer::Session { retry: true };
        loop {
            if state.life == Life::Dead
                || state.writing
                || state.queue.is_empty()
                || (state.blocked && !retry)
            {
                return Deferred::default();
            }
            let batch = state.queue.take_batch();
            state = match self.write(wire, writer, state, batch) {
                Ok(state) => state,
                Err(deferred) => return deferred,
            };
            if state.queue.is_empty() {
                state.blocked = false;
                if state.high {
                    state.high = false;
                    state.drain_due = true;
                }
                if writer == Writer::Guest && (state.drain_due || state.life != Life::Open) {
                    return Deferred::wake(state.waker.take());
                }
                return Deferred::default();
            }
            // The kernel took all it was offered: it may take more.
            retry = state.blocked;
        }
    }

    /// Takes the writer token, and writes a batch without the lock. Returns the state, locked, if the kernel
    /// took all of it.
    fn write<'s>(
        &'s self,
        wire: &impl Wire,
        writer: Writer,
        mut state: MutexGuard<'s, State>,
        batch: Batch,
    ) -> Result<MutexGuard<'s, State>, Deferred> {
        state.writing = true;
        state.in_flight = batch.len();
        drop(state);

        let result = wire.try_write(&batch, writer == Writer::Guest);
        let written = match &result {
            Ok(written) => *written,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(_) => {
                state = self.state.lock();
                state.writing = false;
                state.in_flight = 0;
                return Err(state.die());
            }
        };
        // What was written is dropped unlocked: it may be the user's.
        let remainder: Option<Batch> = (written < batch.len()).then_some(batch);

        state = self.state.lock();
        state.writing = false;
        state.in_flight = 0;
        let Some(mut batch) = remainder else {
            return if state.life == Life::Dead {
                Err(Deferred::default())
            } else {
                Ok(state)
            };
        };
        if state.life == Life::Dead {
            return Err(Deferred::drop_batch(batch));
        }
        state.queue.put_back(&mut batch, written);
        state.blocked = true;
        state.high = true;
        let mut deferred = Deferred::drop_batch(batch);
        if writer == Writer::Guest {
            // Only the session can wait for the kernel.
            deferred.wake = state.waker.take();
        }
        Err(deferred)
    }
}

impl State {
    fn pending(&self) -> usize {
        self.queue.bytes() + self.in_flight
    }

    /// Strictly more: one message may overshoot. What is in the kernel's hands does not count.
    fn is_over(&self, limit: usize) -> bool {
        limit != 0 && self.queue.cost() > limit
    }

    /// Takes out what makes room for a message that displaces others.
    fn make_room(&mut self, limit: usize, kind: Kind) -> Vec<Displaced> {
        if kind != Kind::Displacing || self.life != Life::Open || !self.is_over(limit) {
            return Vec::new();
        }
        let displaced = self.queue.displace(limit);
        self.high = true;
        self.missed = self.missed.saturating_add(displaced.len() as u32);
        displaced
    }

    fn refusal(&mut self, limit: usize, kind: Kind) -> Option<DropReason> {
        if self.life != Life::Open {
            return Some(DropReason::Closed);
        }
        if self.is_over(limit) {
            self.high = true;
            self.missed = self.missed.saturating_add((kind != Kind::Own).into());
            return Some(DropReason::Backpressure);
        }
        None
    }

    fn accepted(&mut self, payload: usize, displaced: usize) -> Pushed {
        // A blocked session waits for the kernel, not for more to write.
        let wake = if self.blocked {
            None
        } else {
            self.waker.take()
        };
        let full = !self.blocked && self.queue.bytes() >= LARGE;
        Pushed {
            status: self.status(payload),
            wake,
            full,
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

    fn owed(&mut self, seen: Life, in_handler: bool) -> Option<Owed> {
        if self.life == Life::Closing && self.queue.is_empty() && !self.writing {
            self.life = Life::Flushed;
        }
        if self.life > seen {
            return Some(Owed::Life(self.life));
        }
        if self.life == Life::Open && self.drain_due && !self.high && !in_handler {
            self.drain_due = false;
            let missed = std::mem::take(&mut self.missed);
            return Some(Owed::Drain { missed });
        }
        std::mem::take(&mut self.nudged).then_some(Owed::Nudge)
    }

    fn die(&mut self) -> Deferred {
        self.life = Life::Dead;
        // Nobody waits for the kernel any more: a dead stream is always writable.
        self.blocked = false;
        let queue = std::mem::take(&mut self.queue);
        Deferred {
            wake: self.waker.take(),
            dropped: (!queue.is_empty()).then(|| Box::new(Dropped::Queue(queue))),
        }
    }
}

/// What has to wait until no lock is held: a waker and the destructors of users' buffers may run any code.
#[derive(Default)]
#[must_use = "the session must be woken"]
pub(crate) struct Deferred {
    wake: Option<Waker>,
    dropped: Option<Box<Dropped>>,
}

#[allow(dead_code, reason = "kept to be dropped")]
enum Dropped {
    Queue(Queue),
    Batch(Batch),
}

impl Deferred {
    fn wake(wake: Option<Waker>) -> Self {
        Self {
            wake,
            dropped: None,
        }
    }

    fn drop_batch(batch: Batch) -> Self {
        Self {
            wake: None,
            dropped: Some(Box::new(Dropped::Batch(batch))),
        }
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

#[cfg(test)]
#[path = "protocol_tests.rs"]
mod tests;
