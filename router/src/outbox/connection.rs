//! The part of a connection that others reach: hub, handles, the sweep. The rest belongs to the
//! session's task alone.

use super::{
    DropReason, Ending, Frame, Frames, LARGE, Life, OnSlow, Outbox, Push, Pushed, SendStatus,
    Transport,
    protocol::{Deferred, Kind, Owed, wake_up},
    variants::{Deflation, Variants, window_class},
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

/// Identifies a socket for as long as the process runs: never given twice.
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

/// What the owner of connections hangs on each: the hub, its subscriptions.
pub(crate) trait Attached: Default + Sized {
    /// Something is about to be queued for the connection: what was published to it before goes first.
    fn before_send(connection: &Connection<Self>);

    /// The connection is about to be closed: what was counted as accepted by it goes first.
    fn before_close(connection: &Connection<Self>);
}

/// Strong references are held by the session, by topics and, for a moment, by whoever sends.
/// When they are gone the stream is closed: a user's handle is weak, and keeps nothing open.
pub(crate) struct Connection<S> {
    attached: S,
    id: SocketId,
    remote: Remote,
    transport: Transport,
    outbox: Outbox,
    // From `Settings`, each on its own: together they would need more room.
    limit: u32,
    threshold: u32,
    level: u8,
    window: u8,
    takeover: bool,
    inflation: Inflation,
    protocol: u8,
    on_slow: OnSlow,
    publish_to_self: bool,
    /// There while the connection's own compressor is used. Held over compressing *and* pushing:
    /// the peer reads messages in the order in which they refer to each other.
    dedicated: Mutex<Option<Box<Dedicated>>>,
    /// How far the end has come, for the session, which looks after each message: it has begun, or
    /// [`terminate`](Self::terminate) was called.
    end: AtomicU8,
    /// The tick of the sweep at which the session wants to be nudged.
    check_at: AtomicU32,
    /// Bytes of a message that is being received.
    inbound: AtomicU32,
}

/// What was settled when the connection was made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// `backpressure_limit`.
    pub(crate) limit: u32,
    pub(crate) on_slow: OnSlow,
    pub(crate) publish_to_self: bool,
    /// The place of the subprotocol in the server's list; 0 is none, 1 the first.
    pub(crate) protocol: u8,
    /// The client's window, in bits; 0 if it takes no compressed messages.
    pub(crate) window: u8,
    /// Whether the connection's own messages may refer to those before them (RFC 7692 §7.1.1).
    pub(crate) takeover: bool,
    pub(crate) deflation: Deflation,
    /// How the client's messages are read.
    pub(crate) inflation: Inflation,
}

#[cfg(test)]
impl Settings {
    /// Without limits or extensions.
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

/// A `SocketAddr` in half the room, for most.
enum Remote {
    V4(SocketAddrV4),
    V6(Box<SocketAddrV6>),
}

impl Remote {
    fn new(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(address) => Self::V4(address),
            SocketAddr::V6(address) => Self::V6(Box::new(address)),
        }
    }
}

/// Values of `end`.
const BEGUN: u8 = 1;
const SHED: u8 = 2;
const TERMINATED: u8 = 3;

/// `check_at` of a session that was nudged, or wants no nudge.
const NEVER: u32 = u32::MAX;

/// A tick as it is stored. They wrap after a year and more; the one that stands for never is replaced by
/// the next.
fn stored(tick: u64) -> u32 {
    let tick = tick as u32;
    if tick == NEVER { 0 } else { tick }
}

impl<S: Attached> Connection<S> {
    pub(crate) fn new(transport: Transport, remote: SocketAddr, settings: Settings) -> Self {
        Self {
            attached: S::default(),
            id: SocketId::next(),
            remote: Remote::new(remote),
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
            Remote::V4(address) => (*address).into(),
            Remote::V6(address) => (**address).into(),
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

    /// Sends a message of this connection's own. `inline` callers run in the session's task, or
    /// next to it, and write at once when much has gathered.
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
                let frame = if payload >= LARGE && message.is_owned() {
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

    /// `None` for what is to be sent as it is.
    fn send_compressed(&self, message: &Outgoing<'_>) -> Option<Pushed> {
        let payload = message.payload();
        let compresses = message.wants_compression() && self.window != 0;
        if !compresses || payload.len() < self.threshold as usize {
            return None;
        }
        // Compressing takes time, and all of it would be for nothing.
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
            // It is sent as it is.
            return None;
        }
        let dedicated =
            slot.get_or_insert_with(|| Box::new(Dedicated::new(self.window, self.level)));
        let epoch = self.outbox.epoch();
        let small = dedicated.compress(payload, epoch)?;
        let mut pushed = self.push_compressed(message, small, Some(epoch));
        if pushed.stale {
            // A publish came in between. What refers to nothing fits anywhere; and if another one
            // comes in between, the epoch says so next time.
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
        if small.len() >= LARGE {
            self.push(Frame::Large(head, kept(small)), payload, epoch)
        } else {
            self.push(Frame::Small(head, &small), payload, epoch)
        }
    }

    /// Frees the connection's compressor if it was not used since this was last called: it may
    /// forget at any time, and the peer can't tell.
    pub(crate) fn drop_idle_compressor(&self) {
        if let Some(mut slot) = self.dedicated.try_lock()
            && slot.as_mut().is_some_and(|dedicated| !dedicated.was_used())
        {
            *slot = None;
        }
    }

    /// The place of the subprotocol in the server's list.
    pub(crate) fn protocol(&self) -> Option<usize> {
        usize::from(self.protocol).checked_sub(1)
    }

    pub(crate) fn publishes_to_self(&self) -> bool {
        self.publish_to_self
    }

    pub(crate) fn inflation(&self) -> Inflation {
        self.inflation
    }

    /// See [`Variants`].
    pub(crate) fn window_class(&self) -> u32 {
        window_class(self.window)
    }

    /// Accepts a Ping or Pong (RFC 6455 §5.5.2 and §5.5.3).
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
                kind: Kind::Own,
            },
        );
        wake_up(pushed.wake);
        pushed.status
    }

    /// Accepts a published message, or gives up where the kernel must be asked first: a publisher
    /// does that with [`publish`](Self::publish), when it holds no lock of the topic's members.
    pub(crate) fn offer(&self, message: &Variants) -> Option<Pushed> {
        self.outbox.offer(self.published(message)).ok()
    }

    pub(crate) fn publish(&self, message: &Variants) -> Pushed {
        self.outbox.push(&self.transport, self.published(message))
    }

    /// See [`Outbox::room`]. Whoever holds the lock of a topic's members sees what was done before
    /// [`Attached::before_close`] looked at that topic.
    pub(crate) fn room(&self) -> Option<usize> {
        if self.is_ending() {
            return None;
        }
        self.outbox.room(self.limit())
    }

    /// See [`Outbox::deliver`].
    ///
    /// Only to a TCP stream is anything written through: others run code that is not ours, and the caller
    /// holds locks.
    pub(crate) fn deliver(&self, frames: &Frames, through: bool) -> Deferred {
        let separately = self.on_slow == OnSlow::DropOldest;
        let through = through && matches!(self.transport, Transport::Tcp(_));
        self.outbox
            .deliver(&self.transport, frames, separately, through)
    }

    fn published(&self, message: &Variants) -> Push<'static> {
        Push {
            frame: Frame::Shared(message.frame(self.window).clone()),
            payload: 0,
            limit: self.limit(),
            epoch: None,
            kind: match self.on_slow {
                OnSlow::Drop | OnSlow::Close => Kind::Published,
                OnSlow::DropOldest => Kind::Displacing,
            },
        }
    }

    /// How many bytes may wait. None may, beyond what the kernel takes, when the server's memory is used up.
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
            kind: Kind::Own,
        };
        self.outbox.push(&self.transport, push)
    }

    /// Whether a message that the limit refuses closes the connection.
    pub(crate) fn closes_if_slow(&self) -> bool {
        self.on_slow == OnSlow::Close
    }

    /// `on_slow = "close"`: the backlog goes out, then 1013 (try again later). To be called when the limit
    /// has refused a message, with no lock of a topic held.
    pub(crate) fn close_if_slow(&self) {
        if self.closes_if_slow() {
            self.close(CloseCode::Again, "backpressure limit reached");
        }
    }

    /// Starts the closing handshake. The first call wins, whoever makes it.
    pub(crate) fn close(&self, code: CloseCode, reason: &str) {
        self.end.fetch_max(BEGUN, Relaxed);
        S::before_close(self);
        wake_up(self.queue_close(code, reason));
    }

    fn queue_close(&self, code: CloseCode, reason: &str) -> Option<Waker> {
        // RFC 6455 §7.4.1: 1005 stands for a Close frame without a code, and so without a reason.
        if code == CloseCode::Status {
            return self.outbox.close(Frame::Close(&[]), Ending::new(code, ""));
        }
        let payload = close_payload(code, reason);
        self.outbox
            .close(Frame::Close(&payload), Ending::new(code, reason))
    }

    /// Closes the connection with 1013 (try again later) and frees its memory: the server's is used up.
    pub(crate) fn shed(&self) {
        self.end.fetch_max(SHED, Relaxed);
        // Not waited for: whoever compresses right now keeps it for the moment.
        if let Some(mut slot) = self.dedicated.try_lock() {
            *slot = None;
        }
        let (code, reason) = (CloseCode::Again, Violation::OUT_OF_MEMORY.reason);
        let payload = close_payload(code, reason);
        self.outbox
            .shed(Frame::Close(&payload), Ending::new(code, reason));
    }

    /// Bytes of memory that would be free without the connection, but for those of
    /// [`inbound`](Self::inbound): what waits to be sent, and a compressor.
    pub(crate) fn held(&self) -> usize {
        let dedicated = self.dedicated.try_lock();
        let dedicated = dedicated.map_or(0, |slot| slot.as_ref().map_or(0, |own| own.bytes()));
        self.outbox.held() + dedicated
    }

    /// Bytes of memory that the session frees when it learns of the connection's end: the message that is
    /// being received, and what belongs to it.
    pub(crate) fn inbound(&self) -> usize {
        self.inbound.load(Relaxed) as usize
    }

    /// Notes how many bytes the message that is being received takes. Only the session does.
    pub(crate) fn set_inbound(&self, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        if self.inbound.load(Relaxed) != bytes {
            self.inbound.store(bytes, Relaxed);
        }
    }

    /// Ends the connection without a Close frame; what waits is lost.
    pub(crate) fn abort(&self) {
        self.end.fetch_max(BEGUN, Relaxed);
        self.outbox.die(Ending::default());
    }

    /// Ends the connection at once, and with it a handler that waits.
    pub(crate) fn terminate(&self) {
        self.end.store(TERMINATED, Relaxed);
        self.abort();
    }

    pub(crate) fn is_terminated(&self) -> bool {
        self.end.load(Relaxed) == TERMINATED
    }

    /// Whether a handler that waits is to be dropped: the connection was terminated or [shed](Self::shed).
    pub(crate) fn drops_handler(&self) -> bool {
        self.end.load(Relaxed) >= SHED
    }

    /// Whether the end has begun, without the lock: what follows in a batch is not delivered.
    pub(crate) fn is_ending(&self) -> bool {
        self.end.load(Relaxed) >= BEGUN
    }

    /// What ended the connection.
    pub(crate) fn ending(&self) -> Ending {
        self.outbox.ending().unwrap_or_default()
    }

    /// Tells those who wait for the end.
    pub(crate) fn announce_end(&self) {
        if let Some(ended) = self.outbox.take_ended() {
            ended.notify_waiters();
        }
    }

    /// Resolves when the connection isn't open any more; holds no reference meanwhile.
    pub(crate) fn closed(&self) -> impl Future<Output = ()> + Send + use<S> + 'static {
        let ended = self.outbox.ended().map(Notify::notified_owned);
        // Looked at once more: an end between the two steps would not be told.
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

    /// Asks for a nudge at `tick`, unless an earlier one is asked for or has come.
    pub(crate) fn check_before(&self, tick: u64) {
        let due = self.check_at.load(Relaxed);
        let is_later = due.wrapping_sub(tick as u32) <= u32::MAX / 2;
        if due != NEVER && is_later {
            // Fails when the nudge comes at this moment.
            let _ = self
                .check_at
                .compare_exchange(due, stored(tick), Relaxed, Relaxed);
        }
    }

    /// The sweep's side: wakes the session if its tick has come, once.
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

    /// Whether a nudge came since the session last asked for one.
    pub(crate) fn was_nudged(&self) -> bool {
        self.check_at.load(Relaxed) == NEVER
    }

    /// Wakes the session for a reason that it finds elsewhere.
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

    /// Writes what the kernel takes.
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
