//! Where a broker sits: what carries publishes between the machines of a cluster.

use super::{Hub, Published};
use crate::frame::{IntoMessage, Opcode, Outgoing};
use parking_lot::RwLock;
use std::sync::Arc;

/// Carries publishes to the other machines of a cluster, by Redis, NATS or the like.
///
/// Nothing of the kind is built in. What comes in from the others goes to [`Hub::deliver`], from
/// the broker's own task; which topics this machine has to hear of is told by
/// [`Hub::topic_events`].
///
/// # Examples
///
/// ```
/// use router::{Broker, Forwarded, prelude::*};
/// use tokio::sync::mpsc;
///
/// /// A task takes the messages from here to the network.
/// struct Outward(mpsc::Sender<(String, Vec<u8>)>);
///
/// impl Broker for Outward {
///     fn forward(&self, topic: &str, message: Forwarded<'_>) {
///         // It must not wait: a queue with a limit, and a count of what did not fit.
///         let _ = self.0.try_send((topic.to_owned(), message.payload.to_vec()));
///     }
/// }
///
/// let router = Router::new();
/// let (outward, _task) = mpsc::channel(1024);
/// router.hub().connect(Outward(outward));
/// ```
pub trait Broker: Send + Sync + 'static {
    /// Takes a message of this machine's for the others.
    ///
    /// It is called for each publish to a topic, in the order in which this machine's subscribers
    /// get the messages, and before the next publish to the topic can begin: so it must neither
    /// wait nor publish to that topic.
    fn forward(&self, topic: &str, message: Forwarded<'_>);
}

/// A message on its way to other machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forwarded<'m> {
    /// The message itself: UTF-8 if it is text.
    pub payload: &'m [u8],
    /// Text, or else binary.
    pub is_text: bool,
    /// Whether the publisher marked it as [`compressed`](crate::compressed).
    pub is_compressed: bool,
}

/// A message and the broker that is to have it.
pub(super) struct Outward {
    broker: Arc<dyn Broker>,
    message: Outgoing<'static>,
}

impl Outward {
    pub(super) fn forward(&self, topic: &str) {
        let message = Forwarded {
            payload: self.message.payload(),
            is_text: self.message.opcode() == Opcode::Text,
            is_compressed: self.message.wants_compression(),
        };
        self.broker.forward(topic, message);
    }
}

impl Hub {
    /// Forwards what is published from now on to other machines, too. A broker that was connected
    /// before is let go of.
    ///
    /// Local subscribers never wait for it, and what [`Published`] says is about them alone.
    /// [`publish_where`](Self::publish_where) stays on this machine, since its sockets are asked.
    pub fn connect(&self, broker: impl Broker) {
        let broker: Arc<dyn Broker> = Arc::new(broker);
        let slot = self.0.broker.get_or_init(|| RwLock::new(broker.clone()));
        // Dropped without the lock: it is the user's.
        let before = std::mem::replace(&mut *slot.write(), broker);
        drop(before);
    }

    /// Sends a message that came from another machine to this one's subscribers, and to no broker.
    pub fn deliver<'m>(&self, topic: &str, message: impl IntoMessage<'m>) -> Published {
        self.fan_out_here(topic, message.into_message(), |_| false, || ())
    }

    /// What a publish of `message` is to forward, if there is a broker.
    pub(super) fn outward(&self, message: &mut Outgoing<'_>) -> Option<Outward> {
        if message.is_unserializable() {
            return None;
        }
        let broker = self.0.broker.get()?.read().clone();
        Some(Outward {
            broker,
            message: message.share(),
        })
    }
}
