//! Events for topics that open and empty, for presence.

use super::Hub;
use parking_lot::Mutex;
use std::{collections::HashSet, fmt, mem, sync::Arc};
use tokio::sync::Notify;

/// A topic has got its first subscriber, or lost its last.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TopicEvent {
    /// The topic has subscribers now.
    Opened(String),
    /// The topic has no subscribers any more.
    Emptied(String),
}

/// Reports topics that open and empty. Created by [`Hub::topic_events`].
///
/// It reports each topic's current state when polled, so a topic that opens and empties in between
/// may not be reported. The two events of a topic always alternate. Between polls, only the names
/// of the topics that changed are stored.
pub struct TopicEvents {
    hub: Hub,
    watcher: Arc<Watcher>,
    /// Topics to check.
    changed: Vec<Arc<str>>,
    /// Topics that were reported as open.
    open: HashSet<Arc<str>>,
}

#[derive(Default)]
pub(super) struct Watcher {
    changed: Mutex<HashSet<Arc<str>>>,
    bell: Notify,
}

impl Watcher {
    /// Records that a topic has changed. The change must be visible already.
    pub(super) fn notice(&self, name: &str) {
        self.changed.lock().insert(name.into());
        self.bell.notify_one();
    }
}

impl Hub {
    /// Reports when topics get their first subscriber and lose their last, beginning with the
    /// topics that have subscribers now. Use it for presence, or to subscribe to the same topics
    /// elsewhere.
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
        // Changes are recorded from here on. A topic that changes while it is listed is checked
        // again later.
        let changed = self.topics().into_iter().map(Arc::from).collect();
        TopicEvents {
            hub: self.clone(),
            watcher,
            changed,
            open: HashSet::new(),
        }
    }

    /// Notifies all watchers of a change. Called after the change, with no lock held.
    pub(super) fn announce(&self, name: &str) {
        // A copy, because a watcher's waker must not be called under a lock.
        let watchers = self.0.watchers.read().clone();
        for watcher in watchers {
            watcher.notice(name);
        }
    }
}

impl TopicEvents {
    /// Waits for the next event. No event is lost when the future is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::{TopicEvent, prelude::*};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let (ws, _inbox) = Socket::test(());
    /// let mut events = ws.hub().topic_events();
    ///
    /// ws.subscribe("room:7");
    /// assert_eq!(events.next().await, TopicEvent::Opened("room:7".to_owned()));
    ///
    /// ws.unsubscribe("room:7");
    /// assert_eq!(events.next().await, TopicEvent::Emptied("room:7".to_owned()));
    /// # }
    /// ```
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
