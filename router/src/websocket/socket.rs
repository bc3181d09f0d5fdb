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
/// The handlers of one socket run one at a time, in order. The messages that handlers send are collected.
/// They are written together before a handler waits, and when all messages from one read have been
/// handled.
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
    ///
    /// # Examples
    ///
    /// A handler that has to know what happened to the message checks the status:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// let (ws, inbox) = Socket::test(());
    /// match ws.send("hello") {
    ///     SendStatus::Sent(bytes) => assert_eq!(bytes, 5),
    ///     SendStatus::Queued { buffered } => println!("{buffered} bytes wait for a slow client"),
    ///     SendStatus::Dropped(reason) => println!("the client does not receive it: {reason:?}"),
    /// }
    /// assert_eq!(inbox.texts(), ["hello"]);
    /// ```
    pub fn send<'m>(&self, message: impl IntoMessage<'m>) -> SendStatus {
        self.member.send(message.into_message(), true)
    }

    /// Sends a message to all subscribers of `topic` except this socket (Bun's `ws.publish`).
    ///
    /// With `publish_to_self`, this socket receives the message too, if it is subscribed. A socket can
    /// publish to a topic without being subscribed to it.
    ///
    /// Consecutive messages to one topic are collected. They are sent together before a handler waits,
    /// before this thread sends a message that could overtake them, and when all messages from one read
    /// have been handled. A handler that computes for a long time should therefore publish after the
    /// computation, or wait between publishing and computing.
    ///
    /// [`Hub::publish`] sends to all subscribers.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// let (ws, inbox) = Socket::test("ada");
    /// ws.subscribe("lobby");
    /// ws.publish("lobby", format!("{} is typing", ws.data)); // to the others
    /// ws.hub().publish("lobby", "hello"); // to all, including this client
    /// assert_eq!(inbox.texts(), ["hello"]);
    /// assert_eq!(inbox.published_texts("lobby"), ["ada is typing", "hello"]);
    /// ```
    pub fn publish<'m>(&self, topic: &str, message: impl IntoMessage<'m>) -> Published {
        let except = (!self.member.publishes_to_self()).then_some(&*self.member);
        self.hub()
            .publish_from(except, topic, message.into_message())
    }

    /// Subscribes to a topic. Returns whether the socket is now subscribed.
    ///
    /// The result is `false` only if the socket is not open, the name is empty or longer than
    /// [`Hub::MAX_TOPIC_LENGTH`], the socket already has `max_subscriptions` subscriptions, or the
    /// server's [memory](crate::Router::memory_limit) is used up.
    ///
    /// # Examples
    ///
    /// If the client chooses the topic, check the result:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// fn join(ws: &Socket<()>, room: &str) {
    ///     if !ws.subscribe(&format!("room:{room}")) {
    ///         ws.send("this room cannot be joined");
    ///     }
    /// }
    ///
    /// let (ws, inbox) = Socket::test(());
    /// join(&ws, "7");
    /// assert!(ws.is_subscribed("room:7"));
    /// join(&ws, &"7".repeat(Hub::MAX_TOPIC_LENGTH));
    /// assert_eq!(inbox.texts(), ["this room cannot be joined"]);
    /// ```
    pub fn subscribe(&self, topic: &str) -> bool {
        let limit = self.endpoint.options.max_subscriptions as usize;
        self.endpoint.hub.subscribe(&self.member, topic, limit)
    }

    /// Ends a subscription. Returns whether the socket was subscribed to the topic.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// let (ws, inbox) = Socket::test(());
    /// ws.subscribe("lobby");
    /// assert!(ws.unsubscribe("lobby"));
    /// assert!(!ws.unsubscribe("lobby")); // no longer subscribed
    ///
    /// ws.hub().publish("lobby", "hello");
    /// assert!(inbox.texts().is_empty());
    /// ```
    pub fn unsubscribe(&self, topic: &str) -> bool {
        self.endpoint.hub.unsubscribe(&self.member, topic)
    }

    /// Whether the socket is subscribed to `topic`.
    ///
    /// # Examples
    ///
    /// Only members of a room may publish to it:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// fn say(ws: &Socket<()>, room: &str, text: &str) {
    ///     if ws.is_subscribed(room) {
    ///         ws.publish(room, text);
    ///     }
    /// }
    ///
    /// let (ws, inbox) = Socket::test(());
    /// say(&ws, "room:7", "hello"); // not a member
    /// assert!(inbox.published().is_empty());
    /// ```
    pub fn is_subscribed(&self, topic: &str) -> bool {
        self.member.attached().contains(topic)
    }

    /// The topics that the socket is subscribed to, in no particular order.
    ///
    /// # Examples
    ///
    /// Leave all rooms, and keep the other subscriptions:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// let (ws, inbox) = Socket::test(());
    /// for topic in ["room:1", "room:2", "user:ada"] {
    ///     ws.subscribe(topic);
    /// }
    /// for topic in ws.subscriptions() {
    ///     if topic.starts_with("room:") {
    ///         ws.unsubscribe(&topic);
    ///     }
    /// }
    /// assert_eq!(inbox.subscriptions(), ["user:ada"]);
    /// ```
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
    ///
    /// # Examples
    ///
    /// Codes from 4000 to 4999 are for the application:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// let (ws, inbox) = Socket::test(());
    /// ws.send("you have logged in elsewhere");
    /// ws.close(CloseCode::from(4001), "replaced");
    /// assert!(ws.send("too late").is_dropped());
    ///
    /// assert_eq!(inbox.texts(), ["you have logged in elsewhere"]);
    /// assert_eq!(inbox.closed(), Some((CloseCode::from(4001), "replaced".to_owned())));
    /// ```
    pub fn close(&self, code: CloseCode, reason: &str) {
        self.member.close(close::sendable(code), close::cut(reason));
    }

    /// Drops the connection immediately, without a Close frame.
    ///
    /// Messages that have not been written are lost. The `close` handler receives the code 1006.
    ///
    /// # Examples
    ///
    /// [`close`](Self::close) writes the queued messages first, which can take long if the client reads slowly.
    /// `terminate` discards them:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// let (ws, inbox) = Socket::test(());
    /// ws.send("hello");
    /// ws.terminate();
    /// assert!(!ws.is_open());
    /// assert!(inbox.sent().is_empty()); // neither the message nor a Close frame
    /// ```
    pub fn terminate(&self) {
        self.member.terminate();
    }

    /// Sends a Ping of at most 125 bytes. While a backlog waits, only the newest Ping is kept.
    ///
    /// # Examples
    ///
    /// This module measures how long a client takes to answer a Ping:
    ///
    /// ```
    /// use router::prelude::*;
    /// use std::time::Instant;
    ///
    /// #[derive(Default)]
    /// struct Client { pinged: Option<Instant> }
    ///
    /// struct Game;
    ///
    /// #[websocket(path = "/game", data = Client)]
    /// impl Game {
    ///     #[on(open)]
    ///     fn open(&self, ws: &mut Socket<Client>) {
    ///         ws.data.pinged = Some(Instant::now());
    ///         ws.ping(b"");
    ///     }
    ///
    ///     #[on(pong)]
    ///     fn pong(&self, ws: &mut Socket<Client>) {
    ///         if let Some(pinged) = ws.data.pinged.take() {
    ///             ws.send(format!("latency: {} ms", pinged.elapsed().as_millis()));
    ///         }
    ///     }
    /// }
    /// ```
    pub fn ping(&self, payload: &[u8]) -> SendStatus {
        self.member.send_control(Opcode::Ping, payload)
    }

    /// Sends a Pong of at most 125 bytes. Received Pings are answered automatically.
    ///
    /// # Examples
    ///
    /// A Pong that no Ping asked for shows the client that the server is alive, and needs no answer
    /// (RFC 6455 §5.5.3):
    ///
    /// ```
    /// use router::{prelude::*, testing::Sent};
    ///
    /// let (ws, inbox) = Socket::test(());
    /// ws.pong(b"alive");
    /// assert_eq!(inbox.sent(), [Sent::Pong(Bytes::from_static(b"alive"))]);
    /// ```
    pub fn pong(&self, payload: &[u8]) -> SendStatus {
        self.member.send_control(Opcode::Pong, payload)
    }

    /// The number of bytes that were accepted and that the kernel has not taken yet, including frame
    /// headers; 0 if the connection is not open.
    ///
    /// # Examples
    ///
    /// Skip an image while an earlier one is waiting, because it would be outdated when it arrives:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// fn show(ws: &Socket<()>, image: &[u8]) {
    ///     if ws.buffered() == 0 {
    ///         ws.send(image);
    ///     }
    /// }
    ///
    /// let (ws, inbox) = Socket::test(());
    /// show(&ws, b"first");
    /// show(&ws, b"second"); // the first one has not been written yet
    /// assert_eq!(inbox.sent().len(), 1);
    /// ```
    pub fn buffered(&self) -> usize {
        self.member.buffered()
    }

    /// The negotiated subprotocol: one of `protocols`, or `None` if the client offered none (RFC 6455
    /// §1.9).
    ///
    /// # Examples
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// struct Chat;
    ///
    /// #[websocket(path = "/chat", protocols = ["chat.v2", "chat.v1"])]
    /// impl Chat {
    ///     #[on(open)]
    ///     fn open(&self, ws: &mut Socket<()>) {
    ///         let greeting = match ws.protocol() {
    ///             Some("chat.v2") => r#"{"type":"welcome"}"#,
    ///             _ => "welcome", // version 1, or a client that offered none
    ///         };
    ///         ws.send(greeting);
    ///     }
    /// }
    /// ```
    pub fn protocol(&self) -> Option<&'static str> {
        let place = self.member.protocol()?;
        self.endpoint.options.protocols.get(place).copied()
    }

    /// The client's address.
    ///
    /// # Examples
    ///
    /// Behind a proxy, this is the address of the proxy; see [`guide::deployment`](crate::guide::deployment).
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// struct Chat;
    ///
    /// #[websocket(path = "/chat")]
    /// impl Chat {
    ///     #[on(open)]
    ///     fn open(&self, ws: &mut Socket<()>) {
    ///         tracing::info!("{} has opened socket {}", ws.remote_addr(), ws.id());
    ///     }
    /// }
    /// ```
    pub fn remote_addr(&self) -> SocketAddr {
        self.member.remote()
    }

    /// The socket's number, which is never reused within a process.
    ///
    /// # Examples
    ///
    /// Keep a value per socket in the module, where other handlers can read it:
    ///
    /// ```
    /// use parking_lot::Mutex;
    /// use router::{SocketId, prelude::*};
    /// use std::collections::HashMap;
    ///
    /// #[derive(Default)]
    /// struct Game { scores: Mutex<HashMap<SocketId, u32>> }
    ///
    /// #[websocket(path = "/game")]
    /// impl Game {
    ///     #[on(text)]
    ///     fn text(&self, ws: &mut Socket<()>) {
    ///         *self.scores.lock().entry(ws.id()).or_default() += 1;
    ///     }
    ///
    ///     #[on(close)]
    ///     fn close(&self, ws: &mut Socket<()>) {
    ///         self.scores.lock().remove(&ws.id());
    ///     }
    /// }
    /// ```
    pub fn id(&self) -> SocketId {
        self.member.id()
    }

    /// Whether messages are still accepted.
    ///
    /// # Examples
    ///
    /// Stop working for a client that has disconnected:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// struct Report;
    ///
    /// # impl Report {
    /// #     async fn page(&self, number: u32) -> String { format!("page {number}") }
    /// # }
    /// #[websocket(path = "/report")]
    /// impl Report {
    ///     #[on(text)]
    ///     async fn text(&self, ws: &mut Socket<()>) {
    ///         for number in 1..=1000 {
    ///             if !ws.is_open() {
    ///                 break;
    ///             }
    ///             ws.send(self.page(number).await);
    ///         }
    ///     }
    /// }
    /// ```
    pub fn is_open(&self) -> bool {
        self.member.life() == Life::Open
    }

    /// Resolves when the connection is no longer open: for a handler that waits for a long time.
    ///
    /// Nothing more is read while a received message waits for this handler to end. During that time, a
    /// client that disconnects is noticed only when something is sent to it.
    ///
    /// # Examples
    ///
    /// Stop waiting for an answer that the client no longer needs:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// struct Oracle;
    ///
    /// # impl Oracle {
    /// #     async fn ask(&self, question: &str) -> String { question.to_uppercase() }
    /// # }
    /// #[websocket(path = "/oracle")]
    /// impl Oracle {
    ///     #[on(text)]
    ///     async fn text(&self, ws: &mut Socket<()>, question: String) {
    ///         tokio::select! {
    ///             answer = self.ask(&question) => { ws.send(answer); }
    ///             () = ws.closed() => {}
    ///         }
    ///     }
    /// }
    /// ```
    pub fn closed(&self) -> impl Future<Output = ()> + Send + use<D> + 'static {
        self.member.closed()
    }

    /// Returns a handle for use in other tasks.
    ///
    /// # Examples
    ///
    /// A computation that would block the other handlers of its thread runs in a thread of its own:
    ///
    /// ```
    /// use router::prelude::*;
    /// use std::thread;
    ///
    /// let (ws, inbox) = Socket::test(());
    /// let handle = ws.handle();
    /// let computation = thread::spawn(move || {
    ///     let sum: u64 = (1..=1000).sum();
    ///     handle.send(sum.to_string());
    /// });
    /// computation.join().unwrap();
    /// assert_eq!(inbox.texts(), ["500500"]);
    /// ```
    pub fn handle(&self) -> Handle {
        Handle::new(&self.member, self.hub())
    }

    /// The app's topics.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// let (ws, inbox) = Socket::test(());
    /// ws.subscribe("room:7");
    /// if ws.hub().subscriber_count("room:7") == 1 {
    ///     ws.send("you are the first one here");
    /// }
    /// assert_eq!(inbox.texts(), ["you are the first one here"]);
    /// ```
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
