//! Topics: subscribe, publish, count.
//!
//! | file | is about |
//! |---|---|
//! | `publish` | `Hub::publish`, and what can be asked about topics |
//! | `topic` | one topic: its members, and publishing to them |
//! | `directory` | topics by name |
//! | `subscriptions` | the topics of one connection |
//! | `presence` | events for topics that open and empty |
//! | `broker` | the interface for a broker between several machines |
//! | `batch` | messages that the handlers of one read batch publish |
//! | `publish_async` | `publish_async`, which yields to other tasks |
//! | `published` | the result of `publish` |
//! | `websocket/hub_sockets` | the methods of `Hub` that list sockets, or publish to some of them; they need `Handle`, which is a layer above |
//! | `member`, `sync` | types and locks of `topic`, separate so that the model checker can replace them |

// First, because rustdoc lists the methods of `Hub` in the order of the modules.
mod publish;
mod publish_async;

mod batch;
mod broker;
mod directory;
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
    outbox::{AtomicDeflation, Deflation},
    registry::Registry,
};
use directory::Directory;
use parking_lot::RwLock;
use presence::Watcher;
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
pub struct Hub(Arc<Shared>);

struct Shared {
    directory: Directory,
    /// How published messages are compressed.
    deflation: AtomicDeflation,
    /// The registries of the app's modules.
    registries: RwLock<Vec<Arc<Registry<Member>>>>,
    watchers: RwLock<Vec<Arc<Watcher>>>,
    /// Empty until a broker is first connected, so that an app without one takes no lock.
    broker: OnceLock<RwLock<Arc<dyn Broker>>>,
}

impl Hub {
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
