//! Messages for one connection, and their compression.

use super::{Attached, Connection};
use crate::{
    frame::{
        Head, MAX_CONTROL_PAYLOAD, Opcode, Outgoing,
        deflate::{self, Dedicated},
        kept,
    },
    memory,
    outbox::{
        DropReason, Frame, LARGE_FRAME_BYTES, Push, Pushed, SendStatus,
        protocol::{PushKind, wake_up},
    },
};

impl<S: Attached> Connection<S> {
    /// Sends a message to this connection alone. `inline` is set if a handler of this socket sends. The queue
    /// is then written at once when it contains enough, without waiting for the session.
    pub(crate) fn send(&self, message: Outgoing<'_>, inline: bool) -> SendStatus {
        if message.is_unserializable() {
            return SendStatus::Dropped(DropReason::Unserializable);
        }
        S::before_send(self);
        let payload = message.payload().len();
        let pushed = match self.send_compressed(&message) {
            Some(pushed) => pushed,
            None => {
                let head = Head::new(message.opcode(), payload);
                let frame = if payload >= LARGE_FRAME_BYTES && message.is_owned() {
                    Frame::Large(head, message.into_bytes())
                } else {
                    Frame::Small(head, message.payload())
                };
                self.push(frame, payload, None)
            }
        };
        wake_up(pushed.wake);
        if pushed.status == SendStatus::Dropped(DropReason::Backpressure) {
            self.close_if_slow();
        }
        if inline && pushed.full {
            self.outbox.flush_as_guest(&self.transport);
            return self.outbox.status(payload);
        }
        pushed.status
    }

    /// Compresses and sends a message; `None` if it is to be sent uncompressed.
    fn send_compressed(&self, message: &Outgoing<'_>) -> Option<Pushed> {
        let payload = message.payload();
        let compresses = message.wants_compression() && self.window != 0;
        if !compresses || payload.len() < self.threshold as usize {
            return None;
        }
        // The message would be refused, so the time to compress it would be wasted.
        if self.outbox.refuses(self.limit()) {
            return None;
        }
        if self.takeover {
            return self.send_dedicated(message);
        }
        let small = deflate::compress(payload, self.window, self.level)?;
        Some(self.push_compressed(message, small, None))
    }

    fn send_dedicated(&self, message: &Outgoing<'_>) -> Option<Pushed> {
        let payload = message.payload();
        let mut slot = self.dedicated.lock();
        if slot.is_none() && memory::is_full() {
            // The message is sent uncompressed.
            return None;
        }
        let dedicated =
            slot.get_or_insert_with(|| Box::new(Dedicated::new(self.window, self.level)));
        let epoch = self.outbox.epoch();
        let small = dedicated.compress(payload, epoch)?;
        let mut pushed = self.push_compressed(message, small, Some(epoch));
        if pushed.stale {
            // A compressed published message was queued after the epoch was read. So the message is
            // compressed again, without references to earlier messages. It can then follow any message and
            // needs no epoch. If another such publish comes in between, the next send finds that the epoch
            // has changed.
            dedicated.forget();
            let small = dedicated.compress(payload, self.outbox.epoch())?;
            pushed = self.push_compressed(message, small, None);
        }
        if pushed.status.is_dropped() {
            dedicated.forget();
        }
        Some(pushed)
    }

    fn push_compressed(
        &self,
        message: &Outgoing<'_>,
        small: Vec<u8>,
        epoch: Option<u32>,
    ) -> Pushed {
        let head = Head::compressed(message.opcode(), small.len());
        let payload = message.payload().len();
        if small.len() >= LARGE_FRAME_BYTES {
            self.push(Frame::Large(head, kept(small)), payload, epoch)
        } else {
            self.push(Frame::Small(head, &small), payload, epoch)
        }
    }

    /// Frees the connection's compressor if it was not used since the last call. A compressor may discard its
    /// history at any time, because the peer does not notice.
    pub(crate) fn drop_idle_compressor(&self) {
        if let Some(mut slot) = self.dedicated.try_lock()
            && slot.as_mut().is_some_and(|dedicated| !dedicated.was_used())
        {
            *slot = None;
        }
    }

    /// Sends a Ping or Pong (RFC 6455 §5.5.2 and §5.5.3).
    pub(crate) fn send_control(&self, opcode: Opcode, payload: &[u8]) -> SendStatus {
        if payload.len() > MAX_CONTROL_PAYLOAD {
            return SendStatus::Dropped(DropReason::TooLarge);
        }
        S::before_send(self);
        let frame = Frame::Control(opcode, payload);
        let pushed = self.outbox.push(
            &self.transport,
            Push {
                frame,
                payload: payload.len(),
                limit: 0,
                epoch: None,
                kind: PushKind::Own,
            },
        );
        wake_up(pushed.wake);
        pushed.status
    }

    fn push(&self, frame: Frame<'_>, payload: usize, epoch: Option<u32>) -> Pushed {
        let push = Push {
            frame,
            payload,
            limit: self.limit(),
            epoch,
            kind: PushKind::Own,
        };
        self.outbox.push(&self.transport, push)
    }
}
