//! The interface for a broker, which carries publishes between the machines of a cluster.

use super::{Hub, Published};
use crate::frame::{IntoMessage, Opcode, Outgoing};
use parking_lot::RwLock;
use std::sync::Arc;

/// Carries publishes to the other machines of a cluster, for example through Redis or NATS.
///
/// No broker is built in. A task of the broker passes messages that arrive from other machines to
/// [`Hub::deliver`]. [`Hub::topic_events`] reports the topics for which this machine needs
/// messages.
///
/// # Examples
///
/// ```
/// use router::{Broker, Forwarded, prelude::*};
/// use tokio::sync::mpsc;
///
/// /// A task sends the messages of this queue to the network.
/// struct Outward(mpsc::Sender<(String, Vec<u8>)>);
///
/// impl Broker for Outward {
///     fn forward(&self, topic: &str, message: Forwarded<'_>) {
///         // `forward` must not wait: use a bounded queue, and count the messages that do not fit.
///         let _ = self.0.try_send((topic.to_owned(), message.payload.to_vec()));
///     }
/// }
///
/// let router = Router::new();
/// let (outward, _task) = mpsc::channel(1024);
/// router.hub().connect(Outward(outward));
/// ```
pub trait Broker: Send + Sync + 'static {
    /// Forwards a message of this machine to the other machines.
    ///
    /// Called for each publish to a topic, in the order in which this machine's subscribers receive
    /// the messages. The topic is locked until this method returns. So it must not wait, and it must not
    /// use the hub, a socket or a handle: that can block its thread forever.
    fn forward(&self, topic: &str, message: Forwarded<'_>);
}

/// A message to be forwarded to other machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forwarded<'m> {
    /// The message itself: UTF-8 if it is text.
    pub payload: &'m [u8],
    /// Whether the message is text; otherwise it is binary.
    pub is_text: bool,
    /// Whether the publisher marked it as [`compressed`](crate::compressed).
    pub is_compressed: bool,
}

/// A message and the broker that forwards it; `None` if there is nothing to forward.
pub(super) struct Outward(Option<(Arc<dyn Broker>, Outgoing<'static>)>);

impl Outward {
    pub(super) fn forward(&self, topic: &str) {
        if let Self(Some((broker, message))) = self {
            let message = Forwarded {
                payload: message.payload(),
                is_text: message.opcode() == Opcode::Text,
                is_compressed: message.wants_compression(),
            };
            broker.forward(topic, message);
        }
    }
}

impl Hub {
    /// Connects a broker, to which messages are forwarded from now on. It replaces a broker that
    /// was connected before.
    ///
    /// Local subscribers never wait for the broker, and [`Published`] counts local subscribers
    /// only. [`publish_where`](Self::publish_where) is not forwarded, because its condition is
    /// evaluated for the sockets of this machine.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::{Broker, Forwarded, prelude::*};
    /// use tokio::sync::mpsc;
    ///
    /// struct Outward(mpsc::Sender<String>);
    ///
    /// impl Broker for Outward {
    ///     fn forward(&self, topic: &str, message: Forwarded<'_>) {
    ///         // Messages that do not fit into the queue are lost.
    ///         let text = String::from_utf8_lossy(message.payload);
    ///         let _ = self.0.try_send(format!("{topic} {text}"));
    ///     }
    /// }
    ///
    /// let (outward, mut forwarded) = mpsc::channel(1024);
    /// let hub = Router::new().hub();
    /// hub.connect(Outward(outward));
    /// hub.publish("news", "hello");
    /// assert_eq!(forwarded.try_recv(), Ok("news hello".to_owned()));
    /// ```
    pub fn connect(&self, broker: impl Broker) {
        let broker: Arc<dyn Broker> = Arc::new(broker);
        let slot = self.0.broker.get_or_init(|| RwLock::new(broker.clone()));
        // The previous broker is dropped after the lock is released, because its destructor is the user's
        // code.
        let before = std::mem::replace(&mut *slot.write(), broker);
        drop(before);
    }

    /// Delivers a message from another machine to this machine's subscribers, without forwarding it to a
    /// broker.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// let (ws, inbox) = Socket::test(());
    /// ws.subscribe("news");
    /// // A task of the broker has received this message:
    /// ws.hub().deliver("news", "from another machine");
    /// assert_eq!(inbox.texts(), ["from another machine"]);
    /// assert!(inbox.published().is_empty()); // not forwarded again
    /// ```
    pub fn deliver<'m>(&self, topic: &str, message: impl IntoMessage<'m>) -> Published {
        self.publish_local(topic, message.into_message(), |_| false, || ())
    }

    /// The message to forward for a publish.
    pub(super) fn outward(&self, message: &mut Outgoing<'_>) -> Outward {
        let broker = self.0.broker.get().filter(|_| !message.is_unserializable());
        Outward(broker.map(|broker| (broker.read().clone(), message.share())))
    }
}
