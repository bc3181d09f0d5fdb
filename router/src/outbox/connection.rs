//! The part of a connection that is shared with the hub, handles and the sweep. The rest belongs to the
//! session's task alone.

use super::{
    DropReason, Ending, Frame, Frames, LARGE_FRAME_BYTES, Life, OnSlow, Outbox, Push, Pushed,
    SendStatus, Transport,
    prepared::{Deflation, PreparedMessage, window_class},
    protocol::{Deferred, Owed, PushKind, wake_up},
};
use crate::{
    frame::{
        Head, Inflation, MAX_CONTROL_PAYLOAD, Opcode, Outgoing, Violation,
        deflate::{self, Dedicated},
        kept,
    },
    memory,
};
use parking_lot::Mutex;
use std::{
    fmt,
    net::{SocketAddr, SocketAddrV4, SocketAddrV6},
    sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed},
    task::{Context, Poll, Waker},
};
use tokio::sync::Notify;
use tungstenite::protocol::frame::coding::CloseCode;

/// Identifies a socket. A process never uses the same id twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(u64);

impl SocketId {
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Relaxed))
    }
}

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

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
    /// [`terminate`](Self::terminate)). The session reads it after each message.
    end: AtomicU8,
    /// The tick of the sweep at which the session is to be nudged.
    check_at: AtomicU32,
    /// Bytes of memory that the message being received takes.
    inbound: AtomicU32,
}

/// Settings that are fixed when the connection is established.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// `backpressure_limit`.
    pub(crate) limit: u32,
    pub(crate) on_slow: OnSlow,
    pub(crate) publish_to_self: bool,
    /// The position of the subprotocol in the server's list; 0 is none, 1 the first.
    pub(crate) protocol: u8,
    /// The client's window size in bits; 0 if the client takes no compressed messages.
    pub(crate) window: u8,
    /// Whether the connection's own messages may refer to earlier ones (RFC 7692 §7.1.1).
    pub(crate) takeover: bool,
    pub(crate) deflation: Deflation,
    /// How the client's compressed messages are read.
    pub(crate) inflation: Inflation,
}

#[cfg(test)]
impl Settings {
    /// Settings without limits or extensions.
    pub(crate) const PLAIN: Self = Self {
        limit: 0,
        on_slow: OnSlow::Drop,
        publish_to_self: false,
        protocol: 0,
        window: 0,
        takeover: false,
        deflation: Deflation {
            level: 1,
            threshold: 0,
        },
        inflation: Inflation::Refused,
    };
}

/// A `SocketAddr` in half the space for IPv4, the usual case.
enum CompactAddr {
    V4(SocketAddrV4),
    V6(Box<SocketAddrV6>),
}

impl CompactAddr {
    fn new(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(address) => Self::V4(address),
            SocketAddr::V6(address) => Self::V6(Box::new(address)),
        }
    }
}

/// Values of `Connection::end`.
const BEGUN: u8 = 1;
const SHED: u8 = 2;
const TERMINATED: u8 = 3;

/// The value of `check_at` for a session that was nudged, or has not asked for a nudge.
const NEVER: u32 = u32::MAX;

/// Converts a tick to the form in which it is stored. Stored ticks wrap after more than a year. The tick that
/// equals `NEVER` is replaced by the next one.
fn stored(tick: u64) -> u32 {
    let tick = tick as u32;
    if tick == NEVER { 0 } else { tick }
}

impl<S: Attached> Connection<S> {
    pub(crate) fn new(transport: Transport, remote: SocketAddr, settings: Settings) -> Self {
        Self {
            attached: S::default(),
            id: SocketId::next(),
            remote: CompactAddr::new(remote),
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
}

impl<S: Attached> Connection<S> {
    pub(crate) fn attached(&self) -> &S {
        &self.attached
    }

    pub(crate) fn id(&self) -> SocketId {
        self.id
    }

    pub(crate) fn remote(&self) -> SocketAddr {
        match &self.remote {
            CompactAddr::V4(address) => (*address).into(),
            CompactAddr::V6(address) => (**address).into(),
        }
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

    /// Sends a message to this connection alone. `inline` callers run in the session's task or beside it.
    /// They write at once when enough is queued.
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
            // A published message was queued in between. A message that refers to no earlier one can follow
            // any other, so it needs no epoch. If another publish comes in between, the next send finds that
            // the epoch has changed.
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

    /// The connection's window size as a set of one; see [`PreparedMessage`].
    pub(crate) fn window_class(&self) -> u32 {
        window_class(self.window)
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

    /// Accepts or refuses a published message; `None` if a write has to be tried first. The publisher then
    /// calls [`publish`](Self::publish) when it no longer holds the lock of the topic's members.
    pub(crate) fn offer(&self, message: &PreparedMessage) -> Option<Pushed> {
        self.outbox.offer(self.published(message)).ok()
    }

    pub(crate) fn publish(&self, message: &PreparedMessage) -> Pushed {
        self.outbox.push(&self.transport, self.published(message))
    }

    /// Accepts or refuses a published message without writing.
    pub(crate) fn publish_now(&self, message: &PreparedMessage) -> Pushed {
        self.outbox.push_now(self.published(message))
    }

    /// See [`Outbox::room`]. A caller that holds the lock of a topic's members sees the connection as ending
    /// if [`Attached::before_close`] has already visited that topic.
    pub(crate) fn room(&self) -> Option<usize> {
        if self.is_ending() {
            return None;
        }
        self.outbox.room(self.limit())
    }

    /// See [`Outbox::deliver`].
    ///
    /// With `through`, frames are written directly to TCP streams only, because other streams run code that
    /// is not ours and the caller holds locks.
    pub(crate) fn deliver(&self, frames: &Frames, through: bool) -> Deferred {
        let separately = self.on_slow == OnSlow::DropOldest;
        let through = through && matches!(self.transport, Transport::Tcp(_));
        self.outbox
            .deliver(&self.transport, frames, separately, through)
    }

    fn published(&self, message: &PreparedMessage) -> Push<'static> {
        Push {
            frame: Frame::Shared(message.frame(self.window).clone()),
            payload: 0,
            limit: self.limit(),
            epoch: None,
            kind: match self.on_slow {
                OnSlow::Drop | OnSlow::Close => PushKind::Published,
                OnSlow::DropOldest => PushKind::Displacing,
            },
        }
    }

    /// The number of bytes that may wait. When the server's memory is used up, messages are accepted only
    /// while the kernel takes everything that was queued before.
    fn limit(&self) -> usize {
        if memory::is_full() {
            1
        } else {
            self.limit as usize
        }
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

    /// Whether the connection is closed when the limit refuses a message.
    pub(crate) fn closes_if_slow(&self) -> bool {
        self.on_slow == OnSlow::Close
    }

    /// Closes the connection with 1013 (try again later) after its backlog if `on_slow = "close"`. To be
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
        // RFC 6455 §7.4.1: 1005 stands for a Close frame without a code. Without a code there is no reason.
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

    /// Bytes of memory that closing the connection would free, except those of [`inbound`](Self::inbound):
    /// the queue and the compressor.
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
        // Checked again, because an end between the two steps would not be notified.
        let ended = ended.filter(|_| self.life() == Life::Open);
        async move {
            if let Some(ended) = ended {
                ended.await;
            }
        }
    }

    /// Asks for a nudge at `tick`.
    pub(crate) fn check_at(&self, tick: u64) {
        self.check_at.store(stored(tick), Relaxed);
    }

    /// Asks for a nudge at `tick`, unless the session has asked for an earlier one or was nudged already.
    pub(crate) fn check_before(&self, tick: u64) {
        let due = self.check_at.load(Relaxed);
        let is_later = due.wrapping_sub(tick as u32) <= u32::MAX / 2;
        if due != NEVER && is_later {
            // Fails if the session is nudged at this moment.
            let _ = self
                .check_at
                .compare_exchange(due, stored(tick), Relaxed, Relaxed);
        }
    }

    /// Nudges the session, at most once, if its tick has come. Called by the sweep.
    pub(crate) fn nudge_if_due(&self, tick: u64) {
        let due = self.check_at.load(Relaxed);
        if due != NEVER
            && (tick as u32).wrapping_sub(due) <= u32::MAX / 2
            && self
                .check_at
                .compare_exchange(due, NEVER, Relaxed, Relaxed)
                .is_ok()
        {
            self.outbox.nudge();
        }
    }

    /// Whether the session was nudged since it last asked for a nudge.
    pub(crate) fn was_nudged(&self) -> bool {
        self.check_at.load(Relaxed) == NEVER
    }

    /// Wakes the session without a reason; the session checks what has changed elsewhere.
    pub(crate) fn nudge(&self) {
        self.outbox.nudge();
    }

    /// See [`Outbox::awake`].
    pub(crate) fn awake(&self, seen: Life, in_handler: bool) -> Option<Owed> {
        self.outbox.awake(seen, in_handler)
    }

    /// See [`Outbox::poll_owed`].
    pub(crate) fn poll_owed(
        &self,
        cx: &mut Context<'_>,
        seen: Life,
        in_handler: bool,
        writable: &mut bool,
    ) -> Poll<Owed> {
        self.outbox
            .poll_owed(&self.transport, cx, seen, in_handler, writable)
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

fn close_payload(code: CloseCode, reason: &str) -> Vec<u8> {
    let payload = [&u16::from(code).to_be_bytes(), reason.as_bytes()].concat();
    debug_assert!(payload.len() <= MAX_CONTROL_PAYLOAD);
    payload
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
