//! Topics that come and go, for presence.

use super::Hub;
use parking_lot::Mutex;
use std::{collections::HashSet, fmt, mem, sync::Arc};
use tokio::sync::Notify;

/// A topic got its first subscriber, or lost its last.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TopicEvent {
    /// It has subscribers now.
    Opened(String),
    /// It has none any more.
    Emptied(String),
}

/// Topics as they come and go: from [`Hub::topic_events`].
///
/// It tells levels, not each change: a topic that comes and goes again before anybody asks may not
/// be mentioned, and the two events of a topic always take turns. What waits to be told is at most
/// the topics that changed.
pub struct TopicEvents {
    hub: Hub,
    watcher: Arc<Watcher>,
    /// Topics to look at.
    changed: Vec<Arc<str>>,
    /// Those that were told to be open.
    open: HashSet<Arc<str>>,
}

#[derive(Default)]
pub(super) struct Watcher {
    changed: Mutex<HashSet<Arc<str>>>,
    bell: Notify,
}

impl Watcher {
    /// Something changed at a topic, and can be seen.
    pub(super) fn notice(&self, name: &str) {
        self.changed.lock().insert(name.into());
        self.bell.notify_one();
    }
}

impl Hub {
    /// Tells when topics get their first subscriber and lose their last, beginning with those that
    /// have subscribers now: for presence, or to subscribe elsewhere on their behalf.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::{TopicEvent, prelude::*};
    ///
    /// async fn log_rooms(hub: Hub) {
    ///     let mut events = hub.topic_events();
    ///     loop {
    ///         match events.next().await {
    ///             TopicEvent::Opened(room) => println!("{room:?} is in use"),
    ///             TopicEvent::Emptied(room) => println!("{room:?} is empty"),
    ///         }
    ///     }
    /// }
    /// ```
    pub fn topic_events(&self) -> TopicEvents {
        let watcher = Arc::new(Watcher::default());
        self.0.watchers.write().push(watcher.clone());
        // From here on changes are noticed: what is listed now is looked at once more later.
        let changed = self.topics().into_iter().map(Arc::from).collect();
        TopicEvents {
            hub: self.clone(),
            watcher,
            changed,
            open: HashSet::new(),
        }
    }

    /// Called with no lock held, after the change.
    pub(super) fn announce(&self, name: &str) {
        // A copy, since a watcher's waker is not called under a lock.
        let watchers = self.0.watchers.read().clone();
        for watcher in watchers {
            watcher.notice(name);
        }
    }
}

impl TopicEvents {
    /// Waits for the next one. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> TopicEvent {
        loop {
            while let Some(name) = self.changed.pop() {
                let is_open = self.hub.subscriber_count(&name) > 0;
                if is_open && self.open.insert(name.clone()) {
                    return TopicEvent::Opened(name.as_ref().to_owned());
                }
                if !is_open && self.open.remove(&name) {
                    return TopicEvent::Emptied(name.as_ref().to_owned());
                }
            }
            self.watcher.bell.notified().await;
            let changed = mem::take(&mut *self.watcher.changed.lock());
            self.changed.extend(changed);
        }
    }
}

impl Drop for TopicEvents {
    fn drop(&mut self) {
        let mut watchers = self.hub.0.watchers.write();
        watchers.retain(|watcher| !Arc::ptr_eq(watcher, &self.watcher));
    }
}

impl fmt::Debug for TopicEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopicEvents").finish_non_exhaustive()
    }
}
