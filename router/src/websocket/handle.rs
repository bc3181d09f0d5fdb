//! A socket, as other tasks use it.

use super::close;
use crate::{
    frame::IntoMessage,
    hub::{Hub, Member, Published},
    outbox::{DropReason, Life, SendStatus, SocketId},
};
use std::{
    fmt,
    net::SocketAddr,
    sync::{Arc, Weak},
};
use tungstenite::protocol::frame::coding::CloseCode;

/// Access to a socket from any task or thread.
///
/// Handles come from [`Socket::handle`](crate::Socket::handle), [`Hub::subscribers`] and
/// [`Hub::sockets`]. Cloning is cheap. A handle does not keep the connection open: when the connection
/// has ended, `send` returns `Dropped(Closed)`, `publish` still works, and the other methods have no
/// effect.
#[derive(Clone)]
pub struct Handle {
    id: SocketId,
    member: Weak<Member>,
    hub: Hub,
}

impl Handle {
    pub(super) fn new(member: &Arc<Member>, hub: &Hub) -> Self {
        Self {
            id: member.id(),
            member: Arc::downgrade(member),
            hub: hub.clone(),
        }
    }

    /// Sends a message to the client; see [`Socket::send`](crate::Socket::send).
    pub fn send<'m>(&self, message: impl IntoMessage<'m>) -> SendStatus {
        match self.member.upgrade() {
            Some(member) => member.send(message.into_message(), false),
            None => SendStatus::Dropped(DropReason::Closed),
        }
    }

    /// Publishes on behalf of the socket; see [`Socket::publish`](crate::Socket::publish). This also
    /// works when the connection has ended.
    pub fn publish<'m>(&self, topic: &str, message: impl IntoMessage<'m>) -> Published {
        let member = self.member.upgrade();
        let except = member
            .as_deref()
            .filter(|member| !member.publishes_to_self());
        self.hub.fan_out_from(except, topic, message.into_message())
    }

    /// Closes the connection; see [`Socket::close`](crate::Socket::close).
    pub fn close(&self, code: CloseCode, reason: &str) {
        if let Some(member) = self.member.upgrade() {
            member.close(close::sendable(code), close::cut(reason));
        }
    }

    /// Drops the connection immediately, along with a handler that has not completed. The `close` handler
    /// runs.
    pub fn terminate(&self) {
        if let Some(member) = self.member.upgrade() {
            member.terminate();
        }
    }

    /// The number of bytes that wait to be sent; see [`Socket::buffered`](crate::Socket::buffered).
    pub fn buffered(&self) -> usize {
        self.member.upgrade().map_or(0, |member| member.buffered())
    }

    /// The client's address; `None` when the connection has ended.
    pub fn remote_addr(&self) -> Option<SocketAddr> {
        self.member.upgrade().map(|member| member.remote())
    }

    /// The topics that the socket is subscribed to, in no particular order.
    pub fn subscriptions(&self) -> Vec<String> {
        let member = self.member.upgrade();
        member
            .map(|member| member.attached().names())
            .unwrap_or_default()
    }

    /// Whether messages are still accepted.
    pub fn is_open(&self) -> bool {
        self.member
            .upgrade()
            .is_some_and(|member| member.life() == Life::Open)
    }

    /// Resolves when the connection is no longer open.
    pub fn closed(&self) -> impl Future<Output = ()> + Send + use<> + 'static {
        let closed = self.member.upgrade().map(|member| member.closed());
        async move {
            if let Some(closed) = closed {
                closed.await;
            }
        }
    }

    /// The socket's number, which is never reused within a process.
    pub fn id(&self) -> SocketId {
        self.id
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
