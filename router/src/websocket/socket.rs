//! A socket, as its handlers use it.

use super::{Handle, close, endpoint::Endpoint};
use crate::{
    frame::{IntoMessage, Opcode},
    hub::{Hub, Member, Published},
    outbox::{Life, SendStatus, SocketId},
};
use std::{any::Any, fmt, net::SocketAddr, sync::Arc};
use tungstenite::protocol::frame::coding::CloseCode;

/// A WebSocket connection, as its handlers use it: its data, and the operations on it.
///
/// The handlers of one socket run one at a time, in order. The messages that handlers send are written
/// together: before a handler waits, and when the messages that were read together have been handled.
pub struct Socket<D> {
    /// The data of the connection (Bun's `ws.data`).
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

    /// The module whose handlers receive this socket's events.
    pub(crate) fn module(&self) -> &Arc<dyn Any + Send + Sync> {
        self.endpoint.module()
    }

    /// Sends a message to this client (Bun's `ws.send`). Never waits.
    ///
    /// If `backpressure_limit` is already exceeded, the whole message is dropped, and the returned status
    /// says so.
    pub fn send<'m>(&self, message: impl IntoMessage<'m>) -> SendStatus {
        self.member.send(message.into_message(), true)
    }

    /// Sends a message to all subscribers of `topic` except this socket (Bun's `ws.publish`).
    ///
    /// With `publish_to_self`, this socket receives the message too, if it is subscribed. A socket can
    /// publish to a topic without being subscribed to it.
    ///
    /// Consecutive messages to one topic are collected and sent together: before a handler waits, before
    /// any message of this thread that could overtake them, and when the messages that were read together
    /// have been handled. A handler that computes for a long time should therefore publish last, or wait
    /// in between.
    ///
    /// [`Hub::publish`] sends to all subscribers.
    pub fn publish<'m>(&self, topic: &str, message: impl IntoMessage<'m>) -> Published {
        let except = (!self.member.publishes_to_self()).then_some(&*self.member);
        self.hub()
            .fan_out_from(except, topic, message.into_message())
    }

    /// Subscribes to a topic. Returns whether the socket is now subscribed.
    ///
    /// The result is `false` only if the socket is not open, the name is empty or longer than
    /// [`Hub::MAX_TOPIC_LENGTH`], the socket already has `max_subscriptions` subscriptions, or the
    /// server's [memory](crate::Router::memory_limit) is used up.
    pub fn subscribe(&self, topic: &str) -> bool {
        let limit = self.endpoint.options.max_subscriptions as usize;
        self.endpoint.hub.subscribe(&self.member, topic, limit)
    }

    /// Ends a subscription. Returns whether the socket was subscribed to the topic.
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

    /// Closes the connection.
    ///
    /// The messages that were already sent are written first, then the Close frame, and nothing after it.
    /// The `close` handler runs when the current handler has ended.
    ///
    /// A code that must not be sent (RFC 6455 §7.4.2) is replaced by 1011 and logged.
    /// [`CloseCode::Status`] sends a Close frame without a code. The reason is cut to 123 bytes.
    pub fn close(&self, code: CloseCode, reason: &str) {
        self.member.close(close::sendable(code), close::cut(reason));
    }

    /// Drops the connection immediately, without a Close frame.
    ///
    /// Messages that have not been written are lost. The `close` handler receives the code 1006.
    pub fn terminate(&self) {
        self.member.terminate();
    }

    /// Sends a Ping of at most 125 bytes. While a backlog waits, only the newest Ping is kept.
    pub fn ping(&self, payload: &[u8]) -> SendStatus {
        self.member.send_control(Opcode::Ping, payload)
    }

    /// Sends a Pong of at most 125 bytes. Received Pings are answered automatically.
    pub fn pong(&self, payload: &[u8]) -> SendStatus {
        self.member.send_control(Opcode::Pong, payload)
    }

    /// The number of bytes that were accepted and that the kernel has not taken yet, including frame
    /// headers; 0 if the connection is not open.
    pub fn buffered(&self) -> usize {
        self.member.buffered()
    }

    /// The negotiated subprotocol: one of `protocols`, or `None` if the client offered none (RFC 6455
    /// §1.9).
    pub fn protocol(&self) -> Option<&'static str> {
        let place = self.member.protocol()?;
        self.endpoint.options.protocols.get(place).copied()
    }

    /// The client's address.
    pub fn remote_addr(&self) -> SocketAddr {
        self.member.remote()
    }

    /// The socket's number, which is never reused within a process.
    pub fn id(&self) -> SocketId {
        self.member.id()
    }

    /// Whether messages are still accepted.
    pub fn is_open(&self) -> bool {
        self.member.life() == Life::Open
    }

    /// Resolves when the connection is no longer open: for a handler that waits for a long time.
    ///
    /// Nothing more is read while a received message waits for this handler to end. During that time, a
    /// client that disconnects is noticed only when something is sent to it.
    pub fn closed(&self) -> impl Future<Output = ()> + Send + use<D> + 'static {
        self.member.closed()
    }

    /// Returns a handle for use in other tasks.
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
