//! What other tasks see of a socket.

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

/// A socket for any task or thread: from [`Socket::handle`](crate::Socket::handle),
/// [`Hub::subscribers`] and [`Hub::sockets`].
///
/// A cheap clone. It keeps nothing alive: when the connection is gone, sends are
/// `Dropped(Closed)`; publishing works, and the rest does nothing.
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

    /// Publishes as the socket does; see [`Socket::publish`](crate::Socket::publish). It works
    /// when the socket is gone, too.
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

    /// Drops the connection at once, and a handler that waits with it; the `close` handler runs.
    pub fn terminate(&self) {
        if let Some(member) = self.member.upgrade() {
            member.terminate();
        }
    }

    /// Bytes that wait for the kernel; see [`Socket::buffered`](crate::Socket::buffered).
    pub fn buffered(&self) -> usize {
        self.member.upgrade().map_or(0, |member| member.buffered())
    }

    /// The client's address; `None` when the connection is gone.
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

    /// Resolves when the connection isn't open any more.
    pub fn closed(&self) -> impl Future<Output = ()> + Send + use<> + 'static {
        let closed = self.member.upgrade().map(|member| member.closed());
        async move {
            if let Some(closed) = closed {
                closed.await;
            }
        }
    }

    /// The socket's number, never given twice by a process.
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
