//! The handle of a socket, through which other tasks use the socket.

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
/// has ended, `send` returns `Dropped(Closed)`, `publish` and `id` still work, and the other methods have
/// no effect.
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
    ///
    /// # Examples
    ///
    /// The status tells whether the message was accepted:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// fn notify(user: &Handle, text: &str) -> bool {
    ///     !user.send(text).is_dropped()
    /// }
    ///
    /// let (ws, inbox) = Socket::test(());
    /// let user = ws.handle();
    /// assert!(notify(&user, "you have mail"));
    /// assert_eq!(inbox.texts(), ["you have mail"]);
    ///
    /// drop((ws, inbox)); // the connection has ended
    /// assert!(!notify(&user, "you have more mail"));
    /// ```
    pub fn send<'m>(&self, message: impl IntoMessage<'m>) -> SendStatus {
        match self.member.upgrade() {
            Some(member) => member.send(message.into_message(), false),
            None => SendStatus::Dropped(DropReason::Closed),
        }
    }

    /// Publishes on behalf of the socket; see [`Socket::publish`](crate::Socket::publish). This also
    /// works when the connection has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::prelude::*;
    /// use std::thread;
    ///
    /// let (ws, inbox) = Socket::test(());
    /// ws.subscribe("lobby");
    /// let author = ws.handle();
    /// let upload = thread::spawn(move || author.publish("lobby", "the upload is complete"));
    /// upload.join().unwrap();
    /// assert_eq!(inbox.published_texts("lobby"), ["the upload is complete"]);
    /// assert!(inbox.texts().is_empty()); // the author does not receive it
    /// ```
    pub fn publish<'m>(&self, topic: &str, message: impl IntoMessage<'m>) -> Published {
        let member = self.member.upgrade();
        let except = member
            .as_deref()
            .filter(|member| !member.publishes_to_self());
        self.hub.publish_from(except, topic, message.into_message())
    }

    /// Closes the connection; see [`Socket::close`](crate::Socket::close).
    ///
    /// # Examples
    ///
    /// A user logs out, and all sockets of the user are closed:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// let (ws, inbox) = Socket::test(());
    /// ws.subscribe("user:ada");
    /// for socket in ws.hub().subscribers("user:ada") {
    ///     socket.close(CloseCode::from(4401), "logged out");
    /// }
    /// assert_eq!(inbox.closed(), Some((CloseCode::from(4401), "logged out".to_owned())));
    /// ```
    pub fn close(&self, code: CloseCode, reason: &str) {
        if let Some(member) = self.member.upgrade() {
            member.close(close::sendable(code), close::cut(reason));
        }
    }

    /// Drops the connection immediately, along with a handler that has not completed. The `close` handler
    /// runs.
    ///
    /// # Examples
    ///
    /// End a socket whose handler does not return. [`close`](Self::close) would wait for the handler.
    ///
    /// ```
    /// use router::{SocketId, prelude::*};
    ///
    /// fn kill(hub: &Hub, id: SocketId) {
    ///     for socket in hub.sockets() {
    ///         if socket.id() == id {
    ///             socket.terminate();
    ///         }
    ///     }
    /// }
    /// ```
    pub fn terminate(&self) {
        if let Some(member) = self.member.upgrade() {
            member.terminate();
        }
    }

    /// The number of bytes that wait to be sent; see [`Socket::buffered`](crate::Socket::buffered).
    ///
    /// # Examples
    ///
    /// A task that sends a large file waits while the client is slow:
    ///
    /// ```
    /// use router::prelude::*;
    /// use std::time::Duration;
    /// use tokio::time::sleep;
    ///
    /// async fn send_file(socket: Handle, pieces: Vec<Bytes>) {
    ///     for piece in pieces {
    ///         while socket.buffered() > 1024 * 1024 {
    ///             sleep(Duration::from_millis(50)).await;
    ///         }
    ///         if socket.send(piece).is_dropped() {
    ///             break;
    ///         }
    ///     }
    /// }
    /// ```
    pub fn buffered(&self) -> usize {
        self.member.upgrade().map_or(0, |member| member.buffered())
    }

    /// The client's address; `None` when the connection has ended.
    ///
    /// # Examples
    ///
    /// The addresses of the clients in a room:
    ///
    /// ```
    /// use router::prelude::*;
    /// use std::net::SocketAddr;
    ///
    /// fn addresses(hub: &Hub, room: &str) -> Vec<SocketAddr> {
    ///     let sockets = hub.subscribers(room);
    ///     sockets.iter().filter_map(Handle::remote_addr).collect()
    /// }
    ///
    /// let (ws, _inbox) = Socket::test(());
    /// ws.subscribe("room:7");
    /// assert_eq!(addresses(ws.hub(), "room:7"), [ws.remote_addr()]);
    /// ```
    pub fn remote_addr(&self) -> Option<SocketAddr> {
        self.member.upgrade().map(|member| member.remote())
    }

    /// The topics that the socket is subscribed to, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// let (ws, _inbox) = Socket::test(());
    /// ws.subscribe("room:7");
    /// ws.subscribe("user:ada");
    ///
    /// let topics = ws.handle().subscriptions();
    /// let rooms: Vec<_> = topics.iter().filter_map(|topic| topic.strip_prefix("room:")).collect();
    /// assert_eq!(rooms, ["7"]);
    /// ```
    pub fn subscriptions(&self) -> Vec<String> {
        let member = self.member.upgrade();
        member
            .map(|member| member.attached().names())
            .unwrap_or_default()
    }

    /// Whether messages are still accepted.
    ///
    /// # Examples
    ///
    /// A task that ends with the connection:
    ///
    /// ```
    /// use router::prelude::*;
    /// use std::time::Duration;
    /// use tokio::time::sleep;
    ///
    /// async fn clock(socket: Handle) {
    ///     while socket.is_open() {
    ///         socket.send("tick");
    ///         sleep(Duration::from_secs(1)).await;
    ///     }
    /// }
    /// ```
    pub fn is_open(&self) -> bool {
        self.member
            .upgrade()
            .is_some_and(|member| member.life() == Life::Open)
    }

    /// Resolves when the connection is no longer open.
    ///
    /// # Examples
    ///
    /// A task that ends with the connection, even if it receives nothing to send for a long time:
    ///
    /// ```
    /// use router::prelude::*;
    /// use tokio::sync::mpsc::Receiver;
    ///
    /// async fn forward(socket: Handle, mut prices: Receiver<String>) {
    ///     loop {
    ///         tokio::select! {
    ///             Some(price) = prices.recv() => { socket.send(price); }
    ///             () = socket.closed() => break,
    ///         }
    ///     }
    /// }
    /// ```
    pub fn closed(&self) -> impl Future<Output = ()> + Send + use<> + 'static {
        let closed = self.member.upgrade().map(|member| member.closed());
        async move {
            if let Some(closed) = closed {
                closed.await;
            }
        }
    }

    /// The socket's number, which is never reused within a process.
    ///
    /// # Examples
    ///
    /// Find the handle of a socket in a list:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// let (ada, _inbox) = Socket::test("ada");
    /// let (bob, _inbox) = Socket::test("bob");
    /// let mut room = vec![ada.handle(), bob.handle()];
    ///
    /// room.retain(|member| member.id() != ada.id()); // Ada leaves
    /// assert_eq!(room.len(), 1);
    /// ```
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
