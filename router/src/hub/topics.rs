//! `Hub`: publishing to a topic, and what can be asked about topics.

use super::{
    Broker, Member, Published, batch, directory::Directory, presence::Watcher, topic::Topic,
};
use crate::{
    frame::{IntoMessage, Outgoing},
    memory,
    outbox::{AtomicDeflation, Deflation, PreparedMessage},
    registry::Registry,
    turn,
};
use parking_lot::RwLock;
use std::{
    fmt,
    sync::{Arc, OnceLock},
};

/// The topics of an app, for publishing from anywhere.
///
/// A handle that is cheap to clone. It comes from [`Router::hub`](crate::Router::hub), from
/// [`Socket::hub`](crate::Socket::hub), or as an argument of a route. It can be used in a handler, a route, a
/// task, or a thread without a runtime, and before the server runs.
///
/// A topic is an exact, non-empty string. It is created by its first subscriber and removed with its last.
/// There are no wildcards, and no message is kept for later subscribers (bun-router's publish/subscribe).
#[derive(Clone)]
pub struct Hub(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub(super) directory: Directory,
    /// How published messages are compressed.
    pub(super) deflation: AtomicDeflation,
    /// The registries of the app's modules.
    pub(super) registries: RwLock<Vec<Arc<Registry<Member>>>>,
    pub(super) watchers: RwLock<Vec<Arc<Watcher>>>,
    /// Empty until a broker is first connected, so that an app without one takes no lock.
    pub(super) broker: OnceLock<RwLock<Arc<dyn Broker>>>,
}

impl Hub {
    /// Sends a message to all subscribers of `topic`, encoded once (bun-router's `router.publish`).
    ///
    /// Every subscriber receives the messages of one publisher to one topic in order. The order includes
    /// messages that the publisher sends to that subscriber alone with `send`.
    ///
    /// A message that a handler publishes may be sent together with those that it publishes next; see
    /// [`Socket::publish`](crate::Socket::publish).
    ///
    /// # Examples
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// let (ws, inbox) = Socket::test(());
    /// ws.subscribe("news");
    /// let published = ws.hub().publish("news", "hello");
    /// assert_eq!(published.delivered, 1);
    /// assert_eq!(inbox.texts(), ["hello"]);
    ///
    /// // A topic without subscribers is not an error.
    /// assert_eq!(ws.hub().publish("sports", "hello").receivers(), 0);
    /// ```
    pub fn publish<'m>(&self, topic: &str, message: impl IntoMessage<'m>) -> Published {
        self.publish_from(None, topic, message.into_message())
    }

    /// The number of sockets that are subscribed to `topic` now; 0 for an unknown topic.
    ///
    /// # Examples
    ///
    /// A route that returns the number of clients in a room:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// struct Rooms;
    ///
    /// #[routes]
    /// impl Rooms {
    ///     #[route(get, "/rooms/{room}/count")]
    ///     fn count(&self, room: String, hub: &Hub) -> String {
    ///         hub.subscriber_count(&format!("room:{room}")).to_string()
    ///     }
    /// }
    /// ```
    pub fn subscriber_count(&self, topic: &str) -> usize {
        self.0.directory.get(topic).map_or(0, |topic| topic.count())
    }

    /// The topics that have subscribers now, in no particular order.
    ///
    /// # Examples
    ///
    /// The rooms that are in use, sorted:
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// fn rooms(hub: &Hub) -> Vec<String> {
    ///     let mut topics = hub.topics();
    ///     topics.retain(|topic| topic.starts_with("room:"));
    ///     topics.sort_unstable();
    ///     topics
    /// }
    ///
    /// let (ws, _inbox) = Socket::test(());
    /// for topic in ["room:9", "room:1", "user:ada"] {
    ///     ws.subscribe(topic);
    /// }
    /// assert_eq!(rooms(ws.hub()), ["room:1", "room:9"]);
    /// ```
    pub fn topics(&self) -> Vec<String> {
        self.0.directory.names()
    }

    /// The number of bytes of memory that the process holds for the clients of its servers.
    /// [`Router::memory_limit`](crate::Router::memory_limit) limits this number.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// #[routes]
    /// impl Metrics {
    ///     #[route(get, "/metrics")]
    ///     fn metrics(&self, hub: Hub) -> String {
    ///         format!("router_memory_held_bytes {}\n", hub.memory_held())
    ///     }
    /// }
    ///
    /// struct Metrics;
    /// ```
    pub fn memory_held(&self) -> usize {
        memory::held()
    }

    /// Publishes to all subscribers except `except`, if possible together with the earlier and later
    /// publishes of the read batch.
    pub(crate) fn publish_from(
        &self,
        except: Option<&Member>,
        topic: &str,
        mut message: Outgoing<'_>,
    ) -> Published {
        let except = except.map(Member::id);
        if let Some(published) = self.gather(except, topic, &mut message) {
            return published;
        }
        self.publish_filtered(topic, message, move |member| Some(member.id()) == except)
    }

    /// Publishes to the subscribers for which `leaves_out` is false, and to other machines. `leaves_out` is
    /// called with locks held.
    pub(crate) fn publish_filtered(
        &self,
        name: &str,
        mut message: Outgoing<'_>,
        leaves_out: impl Fn(&Member) -> bool + Send + Sync + 'static,
    ) -> Published {
        let outward = self.outward(&mut message);
        self.publish_local(name, message, leaves_out, || outward.forward(name))
    }

    /// Publishes only to this machine's subscribers. `began` is called when the message has its place in the
    /// topic's order.
    pub(crate) fn publish_local(
        &self,
        name: &str,
        message: Outgoing<'_>,
        leaves_out: impl Fn(&Member) -> bool + Send + Sync + 'static,
        began: impl Fn(),
    ) -> Published {
        if message.is_unserializable() {
            return Published::default();
        }
        batch::settle();
        let publish = |topic: &Arc<Topic>| {
            turn::spend(topic.count());
            topic.publish(self.encode(topic, message), leaves_out, &began)
        };
        self.0.directory.with(name, publish).unwrap_or_else(|| {
            began();
            Published::default()
        })
    }

    /// Encodes a message in each form that the topic's subscribers need.
    pub(super) fn encode(&self, topic: &Topic, message: Outgoing<'_>) -> PreparedMessage {
        PreparedMessage::new(message, topic.windows(), self.0.deflation.get())
    }

    pub(crate) fn new() -> Self {
        Self(Arc::new(Shared {
            directory: Directory::new(),
            deflation: AtomicDeflation::default(),
            registries: RwLock::default(),
            watchers: RwLock::default(),
            broker: OnceLock::new(),
        }))
    }

    pub(crate) fn members(&self, topic: &str) -> Vec<Arc<Member>> {
        let topic = self.0.directory.get(topic);
        topic.map(|topic| topic.list()).unwrap_or_default()
    }

    pub(crate) fn registries(&self) -> Vec<Arc<Registry<Member>>> {
        self.0.registries.read().clone()
    }

    /// Creates a registry for the sockets of one more module.
    pub(crate) fn new_registry(&self) -> Arc<Registry<Member>> {
        let registry = Arc::new(Registry::default());
        self.0.registries.write().push(registry.clone());
        registry
    }

    /// Adds the compression settings of a module. The sockets of all modules share topics, so the highest
    /// level and the lowest threshold apply.
    pub(crate) fn allow_deflation(&self, deflation: Deflation) {
        self.0.deflation.allow(deflation);
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").finish_non_exhaustive()
    }
}
