//! Topics: subscribe, publish, count.
//!
//! | file | is about |
//! |---|---|
//! | `topic` | one topic: members, and the publish that goes through them |
//! | `directory` | topics by name |
//! | `subscriptions` | the topics of one connection |
//! | `presence` | topics that come and go |
//! | `broker` | where a broker sits, for several machines |
//! | `batch` | what the handlers of one read batch publish |
//! | `gradual` | publishes that let others have their turn |
//! | `published` | what `publish` reports |
//! | `member`, `sync` | what `topic` stands on, apart so that the model checker can replace it |

mod batch;
mod broker;
mod directory;
mod gradual;
mod member;
mod presence;
mod published;
mod subscriptions;
mod sync;
mod topic;

pub(crate) use batch::in_batch;
pub use broker::{Broker, Forwarded};
pub(crate) use member::Member;
pub use presence::{TopicEvent, TopicEvents};
pub use published::Published;

use crate::{
    frame::{IntoMessage, Outgoing},
    memory,
    outbox::{AtomicDeflation, Deflation, Variants},
    registry::Registry,
    turn,
};
use directory::Directory;
use parking_lot::RwLock;
use presence::Watcher;
use std::{
    fmt,
    sync::{Arc, OnceLock},
};
use topic::Topic;

/// The topics of an app: publish to them, from anywhere.
///
/// A cheap clone of a shared thing. It comes from [`Router::hub`](crate::Router::hub), from
/// [`Socket::hub`](crate::Socket::hub), or as an argument of a route. It works from a handler, a
/// route, a task, a thread without a runtime, and before the server runs.
///
/// Topics are exact, non-empty strings, made by the first subscriber and gone with the last: there
/// are no wildcards, and nothing is kept for those who come later (bun-router's publish/subscribe).
#[derive(Clone)]
pub struct Hub(Arc<Shared>);

struct Shared {
    directory: Directory,
    /// How publishes are compressed.
    deflation: AtomicDeflation,
    /// Of the app's modules.
    registries: RwLock<Vec<Arc<Registry<Member>>>>,
    watchers: RwLock<Vec<Arc<Watcher>>>,
    /// Not even a lock is taken while there never was one.
    broker: OnceLock<RwLock<Arc<dyn Broker>>>,
}

impl Hub {
    /// The longest name of a topic, in bytes: nobody can subscribe to a longer one.
    pub const MAX_TOPIC_LENGTH: usize = 1024;

    pub(crate) fn new() -> Self {
        Self(Arc::new(Shared {
            directory: Directory::new(),
            deflation: AtomicDeflation::default(),
            registries: RwLock::default(),
            watchers: RwLock::default(),
            broker: OnceLock::new(),
        }))
    }

    /// Sends a message to all subscribers of `topic`, encoded once (bun-router's `router.publish`).
    ///
    /// Order per publisher and topic is kept at every subscriber, also against `send` to the
    /// same socket.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// let router = Router::new();
    /// let published = router.hub().publish("announcements", "nobody is there yet");
    /// assert_eq!(published.receivers(), 0);
    /// ```
    pub fn publish<'m>(&self, topic: &str, message: impl IntoMessage<'m>) -> Published {
        self.fan_out_from(None, topic, message.into_message())
    }

    /// How many bytes of memory the process holds for the clients of its servers: what
    /// [`Router::memory_limit`](crate::Router::memory_limit) limits.
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

    /// The number of sockets that are subscribed to `topic` now; 0 for an unknown one.
    pub fn subscriber_count(&self, topic: &str) -> usize {
        self.0.directory.get(topic).map_or(0, |topic| topic.count())
    }

    /// The topics that have subscribers now, in no particular order.
    pub fn topics(&self) -> Vec<String> {
        self.0.directory.names()
    }

    /// Publishes to those who are not left out, and to other machines. `leaves_out` is called with
    /// locks held.
    pub(crate) fn fan_out(
        &self,
        name: &str,
        mut message: Outgoing<'_>,
        leaves_out: impl Fn(&Member) -> bool + Send + Sync + 'static,
    ) -> Published {
        let outward = self.outward(&mut message);
        self.fan_out_here(name, message, leaves_out, || {
            if let Some(outward) = outward {
                outward.forward(name);
            }
        })
    }

    /// Publishes to this machine's subscribers alone. `began` is called when the message has its
    /// place in the topic's order.
    pub(crate) fn fan_out_here(
        &self,
        name: &str,
        message: Outgoing<'_>,
        leaves_out: impl Fn(&Member) -> bool + Send + Sync + 'static,
        began: impl FnOnce(),
    ) -> Published {
        if message.is_unserializable() {
            return Published::default();
        }
        batch::settle();
        let mut began = Some(began);
        let mut begin = || began.take().map_or((), |began| began());
        let publish = |topic: &Arc<Topic>| {
            turn::spend(topic.count());
            topic.publish(self.encode(topic, message), leaves_out, &mut begin)
        };
        self.0.directory.with(name, publish).unwrap_or_else(|| {
            begin();
            Published::default()
        })
    }

    /// In each form that the topic's subscribers need.
    fn encode(&self, topic: &Topic, message: Outgoing<'_>) -> Variants {
        Variants::new(message, topic.windows(), self.0.deflation.get())
    }

    /// Publishes to all but `except`, together with what the read batch publishes before and after it.
    pub(crate) fn fan_out_from(
        &self,
        except: Option<&Member>,
        topic: &str,
        mut message: Outgoing<'_>,
    ) -> Published {
        let except = except.map(Member::id);
        if let Some(published) = self.gather(except, topic, &mut message) {
            return published;
        }
        self.fan_out(topic, message, move |member| Some(member.id()) == except)
    }

    pub(crate) fn members(&self, topic: &str) -> Vec<Arc<Member>> {
        let topic = self.0.directory.get(topic);
        topic.map(|topic| topic.list()).unwrap_or_default()
    }

    pub(crate) fn registries(&self) -> Vec<Arc<Registry<Member>>> {
        self.0.registries.read().clone()
    }

    /// A registry for the sockets of one more module.
    pub(crate) fn new_registry(&self) -> Arc<Registry<Member>> {
        let registry = Arc::new(Registry::default());
        self.0.registries.write().push(registry.clone());
        registry
    }

    /// A topic is for the sockets of all modules: the highest level and the lowest threshold hold.
    pub(crate) fn allow_deflation(&self, deflation: Deflation) {
        self.0.deflation.allow(deflation);
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").finish_non_exhaustive()
    }
}
