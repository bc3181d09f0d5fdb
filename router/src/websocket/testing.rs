//! A socket without a server, for tests of handlers.

use super::{Options, Socket, endpoint::Endpoint};
use crate::{
    frame::Inflation,
    hub::{Broker, Forwarded, Hub, Member},
    outbox::{Settings, Transport},
};
use bytes::Bytes;
use parking_lot::Mutex;
use std::{
    fmt,
    io::{self, Cursor},
    net::{Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tungstenite::protocol::frame::{
    FrameHeader,
    coding::{CloseCode, Control, Data, OpCode},
};

impl<D> Socket<D> {
    /// Creates a socket for the test of a handler, and the [`Inbox`] that records what the socket sends.
    ///
    /// There is no server, no client and no runtime: the test calls the handler like any other method.
    /// The socket is open, and every write to it succeeds immediately. It has a [`Hub`] of its own, and
    /// the default options without compression. The options of a `#[websocket]` block, such as
    /// `max_subscriptions` or `publish_to_self`, do not apply.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// struct Chat;
    ///
    /// #[websocket(path = "/", data = String)]
    /// impl Chat {
    ///     #[on(text)]
    ///     fn text(&self, ws: &mut Socket<String>, text: &str) {
    ///         ws.subscribe("lobby");
    ///         ws.publish("lobby", format!("{}: {text}", ws.data));
    ///         ws.send("said");
    ///     }
    /// }
    ///
    /// let (mut ws, inbox) = Socket::test("ada".to_owned());
    /// Chat.text(&mut ws, "hello");
    ///
    /// assert_eq!(inbox.texts(), ["said"]);
    /// assert_eq!(inbox.subscriptions(), ["lobby"]);
    /// assert_eq!(inbox.published_texts("lobby"), ["ada: hello"]);
    /// ```
    pub fn test(data: D) -> (Self, Inbox) {
        let hub = Hub::new();
        let published = PublishedLog::default();
        hub.connect(published.clone());
        let endpoint = Endpoint::new("a test", Arc::new(()), Options::DEFAULT, hub);
        let settings = Settings {
            limit: 0,
            on_slow: endpoint.options.on_slow,
            publish_to_self: endpoint.options.publish_to_self,
            protocol: 0,
            window: 0,
            takeover: false,
            deflation: endpoint.options.deflation(),
            inflation: Inflation::Refused,
        };
        let wire = Wire::default();
        let remote = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let transport = Transport::boxed(wire.clone());
        let member = Arc::new(Member::new(transport, remote, settings));
        let inbox = Inbox {
            member: member.clone(),
            wire,
            published,
        };
        (Self::new(data, member, Arc::new(endpoint)), inbox)
    }
}

/// A record of everything that a socket of [`Socket::test`] did.
///
/// Everything is kept, in order, until [`clear`](Self::clear) is called.
pub struct Inbox {
    member: Arc<Member>,
    wire: Wire,
    published: PublishedLog,
}

/// A message or control frame that was sent to the client, or a message that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sent {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Bytes),
    /// A Ping.
    Ping(Bytes),
    /// A Pong.
    Pong(Bytes),
    /// A Close frame: the code, which is [`CloseCode::Status`] if the frame has none, and the reason.
    Close(CloseCode, String),
}

impl Inbox {
    /// Everything that was sent to the client, including messages of topics that the socket is subscribed
    /// to.
    pub fn sent(&self) -> Vec<Sent> {
        self.member.flush();
        self.wire.frames()
    }

    /// The text messages that were sent to the client.
    pub fn texts(&self) -> Vec<String> {
        texts(self.sent())
    }

    /// The topics that the socket is subscribed to, sorted.
    pub fn subscriptions(&self) -> Vec<String> {
        let mut names = self.member.attached().names();
        names.sort_unstable();
        names
    }

    /// The messages that were published, each with its topic, whether or not the topic has
    /// subscribers.
    pub fn published(&self) -> Vec<(String, Sent)> {
        self.published.0.lock().clone()
    }

    /// The text messages that were published to `topic`.
    pub fn published_texts(&self, topic: &str) -> Vec<String> {
        let all = self.published().into_iter();
        texts(all.filter_map(|(other, message)| (other == topic).then_some(message)))
    }

    /// The code and the reason that the socket was closed with; `None` if no Close frame was sent.
    pub fn closed(&self) -> Option<(CloseCode, String)> {
        self.sent().into_iter().find_map(|sent| match sent {
            Sent::Close(code, reason) => Some((code, reason)),
            _ => None,
        })
    }

    /// Discards everything that was sent and published so far. Subscriptions are kept.
    pub fn clear(&self) {
        self.member.flush();
        self.wire.0.lock().clear();
        self.published.0.lock().clear();
    }
}

fn texts(sent: impl IntoIterator<Item = Sent>) -> Vec<String> {
    let text = |sent| match sent {
        Sent::Text(text) => Some(text),
        _ => None,
    };
    sent.into_iter().filter_map(text).collect()
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox")
            .field("sent", &self.sent())
            .field("subscriptions", &self.subscriptions())
            .field("published", &self.published())
            .finish()
    }
}

/// A broker that records published messages.
#[derive(Clone, Default)]
struct PublishedLog(Arc<Mutex<Vec<(String, Sent)>>>);

impl Broker for PublishedLog {
    fn forward(&self, topic: &str, message: Forwarded<'_>) {
        let sent = match str::from_utf8(message.payload) {
            Ok(text) if message.is_text => Sent::Text(text.to_owned()),
            _ => Sent::Binary(Bytes::copy_from_slice(message.payload)),
        };
        self.0.lock().push((topic.to_owned(), sent));
    }
}

/// A stream that records the bytes written to it, and never has data to read.
#[derive(Clone, Default)]
struct Wire(Arc<Mutex<Vec<u8>>>);

impl Wire {
    /// Parses the recorded bytes, which are complete frames without masks.
    fn frames(&self) -> Vec<Sent> {
        let bytes = self.0.lock();
        let mut rest = Cursor::new(&bytes[..]);
        let mut frames = Vec::new();
        while let Ok(Some((header, length))) = FrameHeader::parse(&mut rest) {
            let start = rest.position();
            let end = start + length;
            let payload = bytes.get(start as usize..end as usize).unwrap_or_default();
            frames.push(sent(header.opcode, payload));
            rest.set_position(end);
        }
        frames
    }
}

fn sent(opcode: OpCode, payload: &[u8]) -> Sent {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let bytes = Bytes::copy_from_slice(payload);
    match opcode {
        OpCode::Data(Data::Text) => Sent::Text(text(payload)),
        OpCode::Data(_) => Sent::Binary(bytes),
        OpCode::Control(Control::Ping) => Sent::Ping(bytes),
        OpCode::Control(Control::Pong) => Sent::Pong(bytes),
        OpCode::Control(_) => match payload.split_first_chunk() {
            Some((code, reason)) => {
                Sent::Close(CloseCode::from(u16::from_be_bytes(*code)), text(reason))
            }
            None => Sent::Close(CloseCode::Status, String::new()),
        },
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.lock().extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
