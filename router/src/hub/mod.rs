//! Topics: subscribe, publish, count.
//!
//! | file | is about |
//! |---|---|
//! | `topic` | one topic: members, and the publish that goes through them |
//! | `directory` | topics by name |
//! | `subscriptions` | the topics of one connection |
//! | `published` | what `publish` reports |
//! | `member`, `sync` | what `topic` stands on, apart so that the model checker can replace it |

mod directory;
mod member;
mod published;
mod subscriptions;
mod sync;
mod topic;

pub(crate) use member::Member;
pub use published::Published;

use crate::{
    frame::Outgoing,
    outbox::{Deflation, Variants},
};
use directory::Directory;
use parking_lot::RwLock;
use std::{fmt, sync::Arc};

/// The topics of an app: publish to them, from anywhere.
///
/// A cheap clone of a shared thing. It comes from [`Router::hub`](crate::Router::hub), from
/// [`Socket::hub`](crate::Socket::hub), or as an argument of a route. It works from a handler, a
/// route, a task, a thread without a runtime, and before the server runs.
///
/// Topics are exact, non-empty strings, made by the first subscriber and gone with the last: there
/// are no wildcards, and nothing is kept for those who come later (the seed's publish/subscribe).
#[derive(Clone)]
pub struct Hub {
    directory: Arc<Directory>,
    /// How publishes are compressed; `None` while no module's sockets have permessage-deflate.
    deflation: Arc<RwLock<Option<Deflation>>>,
}

impl Hub {
    pub(crate) fn new() -> Self {
        Self {
            directory: Arc::new(Directory::new()),
            deflation: Arc::default(),
        }
    }

    /// Sends a message to all subscribers of `topic`, encoded once (the seed's `router.publish`).
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
    pub fn publish<'m>(&self, topic: &str, message: impl Into<Outgoing<'m>>) -> Published {
        self.fan_out(topic, message.into(), None)
    }

    /// The number of sockets that are subscribed to `topic` now; 0 for an unknown one.
    pub fn subscriber_count(&self, topic: &str) -> usize {
        self.directory.get(topic).map_or(0, |topic| topic.count())
    }

    pub(crate) fn fan_out(
        &self,
        topic: &str,
        message: Outgoing<'_>,
        except: Option<&Member>,
    ) -> Published {
        if message.is_unserializable() {
            return Published::default();
        }
        match self.directory.get(topic) {
            Some(topic) => {
                let deflation = *self.deflation.read();
                topic.publish(&Variants::new(message, topic.windows(), deflation), except)
            }
            None => Published::default(),
        }
    }

    /// A topic is for the sockets of all modules: the highest level and the lowest threshold hold.
    pub(crate) fn allow_deflation(&self, deflation: Deflation) {
        let mut all = self.deflation.write();
        *all = Some(match *all {
            None => deflation,
            Some(before) => before.and(deflation),
        });
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").finish_non_exhaustive()
    }
}
