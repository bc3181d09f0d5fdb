//! The part of a connection that is shared with the hub, handles and the *sweep*, a task that visits every
//! connection periodically. The rest of the connection belongs to the session's task alone.
//!
//! | file | is about |
//! |---|---|
//! | `send` | messages for this connection alone, and their compression |
//! | `publish` | published messages |
//! | `end` | closing, terminating, and waiting for the end |
//! | `nudge` | waking the session at a tick of the sweep |
//! | `settings`, `address`, `socket_id` | what is fixed when the connection is established |

mod address;
mod end;
mod nudge;
mod publish;
mod send;
mod settings;
mod socket_id;

pub(crate) use settings::Settings;
pub use socket_id::SocketId;

use super::{
    Life, OnSlow, Outbox, Transport,
    prepared::window_class,
    protocol::{Activity, Owed, Polled},
};
use crate::{
    frame::{Inflation, deflate::Dedicated},
    memory,
};
use address::CompactAddr;
use nudge::NEVER;
use parking_lot::Mutex;
use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU8, AtomicU32, Ordering::Relaxed},
    task::{Context, Waker},
};

/// State that the owner of connections attaches to each of them: the hub attaches its subscriptions.
pub(crate) trait Attached: Default + Sized {
    /// Called before anything is queued for the connection, so that messages published to it earlier are
    /// queued first.
    fn before_send(connection: &Connection<Self>);

    /// Called before the connection is closed, so that messages counted as accepted by it are queued first.
    fn before_close(connection: &Connection<Self>);
}

/// A connection, as the session, topics and senders share it.
///
/// Strong references are held by the session, by topics and, during a send, by the sender. When the last one
/// is dropped, the stream is closed. A user's handle is weak and does not keep the connection open.
pub(crate) struct Connection<S> {
    attached: S,
    id: SocketId,
    remote: CompactAddr,
    transport: Transport,
    outbox: Outbox,
    // Copied from `Settings` one by one, because the whole struct would take more space.
    limit: u32,
    threshold: u32,
    level: u8,
    window: u8,
    takeover: bool,
    inflation: Inflation,
    protocol: u8,
    on_slow: OnSlow,
    publish_to_self: bool,
    /// The connection's own compressor, while it is in use. The lock is held over compressing *and* pushing,
    /// so that the peer reads messages in the order in which they refer to each other.
    dedicated: Mutex<Option<Box<Dedicated>>>,
    /// How far the end of the connection has progressed: 0, `BEGUN`, `SHED` or `TERMINATED` (see
    /// `end.rs`). The session reads it after each message.
    end: AtomicU8,
    /// The tick of the sweep at which the session is to be nudged.
    check_at: AtomicU32,
    /// Bytes of memory that the message being received takes.
    inbound: AtomicU32,
}

impl<S: Attached> Connection<S> {
    pub(crate) fn new(transport: Transport, remote: SocketAddr, settings: Settings) -> Self {
        Self {
            attached: S::default(),
            id: SocketId::next(),
            remote: remote.into(),
            transport,
            outbox: Outbox::new(),
            limit: settings.limit,
            threshold: settings.deflation.threshold,
            level: settings.deflation.level,
            window: settings.window,
            takeover: settings.takeover,
            inflation: settings.inflation,
            protocol: settings.protocol,
            on_slow: settings.on_slow,
            publish_to_self: settings.publish_to_self,
            dedicated: Mutex::new(None),
            end: AtomicU8::new(0),
            check_at: AtomicU32::new(NEVER),
            inbound: AtomicU32::new(0),
        }
    }

    pub(crate) fn attached(&self) -> &S {
        &self.attached
    }

    pub(crate) fn id(&self) -> SocketId {
        self.id
    }

    pub(crate) fn remote(&self) -> SocketAddr {
        (&self.remote).into()
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    pub(crate) fn life(&self) -> Life {
        self.outbox.life()
    }

    pub(crate) fn buffered(&self) -> usize {
        S::before_send(self);
        self.outbox.buffered()
    }

    /// The index of the subprotocol in the server's list.
    pub(crate) fn protocol(&self) -> Option<usize> {
        usize::from(self.protocol).checked_sub(1)
    }

    pub(crate) fn publishes_to_self(&self) -> bool {
        self.publish_to_self
    }

    pub(crate) fn inflation(&self) -> Inflation {
        self.inflation
    }

    /// The set that contains only the connection's window size; see `prepared.rs`.
    pub(crate) fn window_class(&self) -> u32 {
        window_class(self.window)
    }

    /// The number of bytes that may wait; 0 is no limit. When the server's memory is used up, messages are
    /// accepted only while the kernel takes everything that was queued before.
    fn limit(&self) -> usize {
        if memory::is_full() {
            1
        } else {
            self.limit as usize
        }
    }

    /// Whether the connection is closed when the limit refuses a message.
    pub(crate) fn closes_if_slow(&self) -> bool {
        self.on_slow == OnSlow::Close
    }

    /// Bytes of memory of the queue and the compressor. Closing the connection frees them in addition to
    /// those of [`inbound`](Self::inbound).
    pub(crate) fn held(&self) -> usize {
        let dedicated = self.dedicated.try_lock();
        let dedicated = dedicated.map_or(0, |slot| slot.as_ref().map_or(0, |own| own.bytes()));
        self.outbox.held() + dedicated
    }

    /// Bytes of memory that the session frees when it learns of the connection's end: the message that is
    /// being received, and the data that belongs to it.
    pub(crate) fn inbound(&self) -> usize {
        self.inbound.load(Relaxed) as usize
    }

    /// Sets the number of bytes that the message being received takes. Called only by the session.
    pub(crate) fn set_inbound(&self, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        if self.inbound.load(Relaxed) != bytes {
            self.inbound.store(bytes, Relaxed);
        }
    }

    /// See [`Outbox::awake`].
    pub(crate) fn awake(&self, seen: Life, activity: Activity) -> Option<Owed> {
        self.outbox.awake(seen, activity)
    }

    /// See [`Outbox::poll_owed`].
    pub(crate) fn poll_owed(&self, cx: &mut Context<'_>, seen: Life, activity: Activity) -> Polled {
        self.outbox.poll_owed(&self.transport, cx, seen, activity)
    }

    /// See [`Outbox::flush_for`].
    pub(crate) fn flush_for(&self, waker: Waker) {
        self.outbox.flush_for(&self.transport, waker);
    }

    /// Writes as much as the kernel takes.
    pub(crate) fn flush(&self) {
        self.outbox.flush_as_guest(&self.transport);
    }
}

#[cfg(test)]
mod tests;
