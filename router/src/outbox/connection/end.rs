//! How a connection ends.

use super::{Attached, Connection};
use crate::{
    frame::{MAX_CONTROL_PAYLOAD, Violation},
    outbox::{Ending, Frame, Life, protocol::wake_up},
};
use std::{sync::atomic::Ordering::Relaxed, task::Waker};
use tokio::sync::Notify;
use tungstenite::protocol::frame::coding::CloseCode;

/// Values of `Connection::end`.
const BEGUN: u8 = 1;
const SHED: u8 = 2;
const TERMINATED: u8 = 3;

impl<S: Attached> Connection<S> {
    /// If `on_slow = "close"`, closes the connection with 1013 (try again later) after its backlog. To be
    /// called when the limit has refused a message, without holding a lock of a topic.
    pub(crate) fn close_if_slow(&self) {
        if self.closes_if_slow() {
            self.close(CloseCode::Again, "backpressure limit reached");
        }
    }

    /// Starts the closing handshake. Only the first call has an effect.
    pub(crate) fn close(&self, code: CloseCode, reason: &str) {
        self.end.fetch_max(BEGUN, Relaxed);
        S::before_close(self);
        wake_up(self.queue_close(code, reason));
    }

    fn queue_close(&self, code: CloseCode, reason: &str) -> Option<Waker> {
        // RFC 6455 §7.4.1: 1005 stands for a Close frame without a code. A Close frame without a code has no
        // reason either.
        if code == CloseCode::Status {
            return self.outbox.close(Frame::Close(&[]), Ending::new(code, ""));
        }
        let payload = close_payload(code, reason);
        self.outbox
            .close(Frame::Close(&payload), Ending::new(code, reason))
    }

    /// Closes the connection with 1013 (try again later) and frees its memory, because the server's memory is
    /// used up.
    pub(crate) fn shed(&self) {
        self.end.fetch_max(SHED, Relaxed);
        // The lock is not waited for: a compressor that is in use right now is kept for the moment.
        if let Some(mut slot) = self.dedicated.try_lock() {
            *slot = None;
        }
        let (code, reason) = (CloseCode::Again, Violation::OUT_OF_MEMORY.reason);
        let payload = close_payload(code, reason);
        self.outbox
            .shed(Frame::Close(&payload), Ending::new(code, reason));
    }

    /// Ends the connection without a Close frame; waiting messages are lost.
    pub(crate) fn abort(&self) {
        self.end.fetch_max(BEGUN, Relaxed);
        self.outbox.die(Ending::default());
    }

    /// Ends the connection at once, and drops a handler that is waiting.
    pub(crate) fn terminate(&self) {
        self.end.store(TERMINATED, Relaxed);
        self.abort();
    }

    pub(crate) fn is_terminated(&self) -> bool {
        self.end.load(Relaxed) == TERMINATED
    }

    /// Whether a waiting handler is to be dropped: the connection was terminated or [shed](Self::shed).
    pub(crate) fn drops_handler(&self) -> bool {
        self.end.load(Relaxed) >= SHED
    }

    /// Whether the connection is ending, read without the lock. If so, later messages of the read batch are
    /// not delivered.
    pub(crate) fn is_ending(&self) -> bool {
        self.end.load(Relaxed) >= BEGUN
    }

    /// Why the connection ended.
    pub(crate) fn ending(&self) -> Ending {
        self.outbox.ending().unwrap_or_default()
    }

    /// Notifies the tasks that wait for the end.
    pub(crate) fn announce_end(&self) {
        if let Some(ended) = self.outbox.take_ended() {
            ended.notify_waiters();
        }
    }

    /// Resolves when the connection is no longer open. The future holds no reference to the connection.
    pub(crate) fn closed(&self) -> impl Future<Output = ()> + Send + use<S> + 'static {
        let ended = self.outbox.ended().map(Notify::notified_owned);
        // Checked again, because `notified_owned` misses an end that was announced before it was called.
        let ended = ended.filter(|_| self.life() == Life::Open);
        async move {
            if let Some(ended) = ended {
                ended.await;
            }
        }
    }
}

fn close_payload(code: CloseCode, reason: &str) -> Vec<u8> {
    let payload = [&u16::from(code).to_be_bytes(), reason.as_bytes()].concat();
    debug_assert!(payload.len() <= MAX_CONTROL_PAYLOAD);
    payload
}
