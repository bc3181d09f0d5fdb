//! What a handler sees of its socket.

use super::{Handle, close, endpoint::Endpoint};
use crate::{
    frame::{IntoMessage, Opcode},
    hub::{Hub, Member, Published},
    outbox::{Life, SendStatus, SocketId},
};
use std::{any::Any, fmt, net::SocketAddr, sync::Arc};
use tungstenite::protocol::frame::coding::CloseCode;

/// A connection, as its handlers see it: its data, and what can be done with it.
///
/// Handlers of one socket run one at a time, in order. What a handler sends leaves together, when
/// it ends or waits.
pub struct Socket<D> {
    /// What the connection carries (Bun's `ws.data`).
    pub data: D,
    member: Arc<Member>,
    endpoint: Arc<Endpoint>,
}

impl<D> Socket<D> {
    pub(super) fn new(data: D, member: Arc<Member>, endpoint: Arc<Endpoint>) -> Self {
        Self {
            data,
            member,
            endpoint,
        }
    }

    /// The module whose handlers this socket's events go to.
    pub(crate) fn module(&self) -> &Arc<dyn Any + Send + Sync> {
        self.endpoint.module()
    }

    /// Sends a message to this client (Bun's `ws.send`). Never waits.
    ///
    /// When `backpressure_limit` is exceeded already, the message is dropped, whole, and the
    /// result says so.
    pub fn send<'m>(&self, message: impl IntoMessage<'m>) -> SendStatus {
        self.member.send(message.into_message(), true)
    }

    /// Sends a message to all subscribers of `topic` but this socket (Bun's `ws.publish`);
    /// to this one too with `publish_to_self`. The socket need not be subscribed itself.
    ///
    /// Consecutive messages to one topic are sent together: before a handler waits, before anything that
    /// could overtake them on this thread, and when the messages that were read together have been handled.
    /// So a handler that computes for long should publish last, or wait in between.
    ///
    /// [`Hub::publish`] sends to all.
    pub fn publish<'m>(&self, topic: &str, message: impl IntoMessage<'m>) -> Published {
        let except = (!self.member.publishes_to_self()).then_some(&*self.member);
        self.hub()
            .fan_out_from(except, topic, message.into_message())
    }

    /// Subscribes to a topic. Returns whether the socket is subscribed now: `false` only if it
    /// isn't open, the name is empty or longer than [`Hub::MAX_TOPIC_LENGTH`], it has
    /// `max_subscriptions` already, or the server's
    /// [memory](crate::Router::memory_limit) is used up.
    pub fn subscribe(&self, topic: &str) -> bool {
        let limit = self.endpoint.options.max_subscriptions as usize;
        self.endpoint.hub.subscribe(&self.member, topic, limit)
    }

    /// Ends a subscription. Returns whether there was one.
    pub fn unsubscribe(&self, topic: &str) -> bool {
        self.endpoint.hub.unsubscribe(&self.member, topic)
    }

    /// Whether the socket is subscribed to `topic`.
    pub fn is_subscribed(&self, topic: &str) -> bool {
        self.member.attached().contains(topic)
    }

    /// The topics that the socket is subscribed to, in no particular order.
    pub fn subscriptions(&self) -> Vec<String> {
        self.member.attached().names()
    }

    /// Closes the connection: what was sent goes out, then the Close frame, and nothing after it.
    /// The `close` handler runs when the current one has ended.
    ///
    /// A code that must not be on the wire (RFC 6455 §7.4.2) is replaced by 1011 and logged;
    /// [`CloseCode::Status`] sends a Close frame without a code. The reason is cut to 123 bytes.
    pub fn close(&self, code: CloseCode, reason: &str) {
        self.member.close(close::sendable(code), close::cut(reason));
    }

    /// Drops the connection at once, without a Close frame: what waits is lost, `close` handlers
    /// are told 1006.
    pub fn terminate(&self) {
        self.member.terminate();
    }

    /// Sends a Ping of at most 125 bytes. Behind a backlog only the newest one is kept.
    pub fn ping(&self, payload: &[u8]) -> SendStatus {
        self.member.send_control(Opcode::Ping, payload)
    }

    /// Sends a Pong of at most 125 bytes. Pings are answered without this.
    pub fn pong(&self, payload: &[u8]) -> SendStatus {
        self.member.send_control(Opcode::Pong, payload)
    }

    /// Bytes that were accepted and that the kernel has not taken yet, frame headers included;
    /// 0 when the connection isn't open.
    pub fn buffered(&self) -> usize {
        self.member.buffered()
    }

    /// The subprotocol that was agreed on: one of `protocols`, or `None` if the client offered
    /// none (RFC 6455 §1.9).
    pub fn protocol(&self) -> Option<&'static str> {
        let place = self.member.protocol()?;
        self.endpoint.options.protocols.get(place).copied()
    }

    /// The client's address.
    pub fn remote_addr(&self) -> SocketAddr {
        self.member.remote()
    }

    /// The socket's number, never given twice by a process.
    pub fn id(&self) -> SocketId {
        self.member.id()
    }

    /// Whether messages are still accepted.
    pub fn is_open(&self) -> bool {
        self.member.life() == Life::Open
    }

    /// Resolves when the connection isn't open any more: for a handler that waits for long.
    ///
    /// While a message of the client waits for this handler to end, nothing more is read: then a
    /// client that goes away without a word is noticed only when something is sent to it.
    pub fn closed(&self) -> impl Future<Output = ()> + Send + use<D> + 'static {
        self.member.closed()
    }

    /// A handle to use from other tasks.
    pub fn handle(&self) -> Handle {
        Handle::new(&self.member, self.hub())
    }

    /// The app's topics.
    pub fn hub(&self) -> &Hub {
        &self.endpoint.hub
    }
}

impl<D: fmt::Debug> fmt::Debug for Socket<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("id", &self.id())
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}
