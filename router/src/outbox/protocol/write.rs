//! Writing: the session or a guest takes the writer token, and writes without the lock.

use super::super::{
    queue::{Batch, Frames},
    sync::MutexGuard,
    wire::Wire,
};
use super::{Activity, Deferred, Life, Outbox, Owed, Polled, State, wake_up};
use std::{
    io::ErrorKind,
    task::{Context, Poll, Waker},
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// The session's task, which can wait until the kernel takes more bytes. With `retry`, it writes even if
    /// the queue is blocked, because the transport has become writable.
    Session { retry: bool },
    /// Any caller that does not wait for the kernel.
    Guest,
}

impl Outbox {
    /// Writes as much as the kernel takes, for a caller that does not wait for the kernel.
    pub(crate) fn flush_as_guest(&self, wire: &impl Wire) {
        self.flush(wire, Writer::Guest);
    }

    /// Writes the queue in place of the session that `waker` would wake. The session is woken only if it has
    /// something left to do; otherwise it goes on waiting.
    pub(crate) fn flush_for(&self, wire: &impl Wire, waker: Waker) {
        let deferred = self.write_queue(wire, Writer::Guest, self.state.lock());
        let mut state = self.state.lock();
        // Every reason to wake the session is in the state. If the session was woken by its stream meanwhile
        // and waits again, it has stored a newer waker.
        let may_wait = state.life == Life::Open
            && state.queue.is_empty()
            && !state.blocked
            && !state.drain_due
            && !state.nudged;
        let wake = if may_wait && state.waker.is_none() {
            state.waker.replace(waker)
        } else {
            Some(waker)
        };
        drop(state);
        deferred.release();
        if !may_wait {
            wake_up(wake);
        }
    }

    /// Accepts frames that have already been counted as accepted: no limit applies, and only a connection
    /// that is not open refuses them. If `through` is set, they are written at once, provided that the queue
    /// is empty, not blocked, and not being written. Otherwise they are queued, as separate items if
    /// `separately` is set, so that they can be displaced one by one.
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
            return match self.write(wire, Writer::Guest, state, Batch::of(frames, separately)) {
                // Frames that others have queued in the meantime are written by the session.
                Ok(mut state) if !state.queue.is_empty() => Deferred::wake(state.waker.take()),
                Ok(_) => Deferred::default(),
                Err(deferred) => deferred,
            };
        }
        state.queue.push_frames(frames, separately);
        Deferred::wake(state.wake_to_write())
    }

    /// The session's last step before it waits: writes as much as the kernel takes, and then either returns
    /// what is owed or stores the waker.
    ///
    /// No wake-up is lost, because the checks and the storing are one critical section, and writability is
    /// polled *after* `blocked` was seen.
    pub(crate) fn poll_owed(
        &self,
        wire: &impl Wire,
        cx: &mut Context<'_>,
        seen: Life,
        activity: Activity,
    ) -> Polled {
        let mut writable = false;
        let owed = self.poll_state(wire, cx, seen, activity, &mut writable);
        Polled { owed, writable }
    }

    fn poll_state(
        &self,
        wire: &impl Wire,
        cx: &mut Context<'_>,
        seen: Life,
        activity: Activity,
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
            if let Some(owed) = state.owed(seen, activity) {
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
                // Continues an unfinished flush. The transport wakes the session when it can proceed.
                let _ = wire.poll_flush(cx);
                return Poll::Pending;
            }
            match wire.poll_writable(cx) {
                Poll::Pending => return Poll::Pending,
                // An error occurs again, and is handled, at the next write.
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

    /// Writes the queue until it is empty, the kernel takes no more, or another caller holds the writer
    /// token.
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
            // The kernel took the whole batch, so it may take more.
            retry = state.blocked;
        }
    }

    /// Takes the writer token and writes a batch without the lock. Returns the locked state if the kernel
    /// took the whole batch.
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
        // A batch that was written is dropped here, without the lock, because its buffers may be the user's.
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
