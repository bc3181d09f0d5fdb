//! The topics of one connection.

use super::{
    Hub, Member, batch, directory,
    topic::{Join, Leave, Topic},
};
use crate::{
    memory,
    outbox::{Attached, Life},
    turn,
};
use foldhash::quality::RandomState;
use hashbrown::HashTable;
use parking_lot::Mutex;
use smallvec::SmallVec;
use std::{
    hash::BuildHasher,
    sync::{Arc, LazyLock},
};

impl Hub {
    /// The maximum length of a topic's name in bytes. Subscribing to a longer name fails.
    ///
    /// # Examples
    ///
    /// ```
    /// use router::prelude::*;
    ///
    /// let (ws, _inbox) = Socket::test(());
    /// let longest = "x".repeat(Hub::MAX_TOPIC_LENGTH);
    /// assert!(ws.subscribe(&longest));
    /// assert!(!ws.subscribe(&format!("{longest}x")));
    /// ```
    pub const MAX_TOPIC_LENGTH: usize = 1024;
}

/// The topics of a connection. The lock is a leaf: while it is held, no other lock is taken, and no handler
/// or waker is called.
///
/// Boxed, because many connections have no topics.
#[derive(Default)]
pub(crate) struct Subscriptions {
    topics: Mutex<Option<Box<Topics>>>,
}

/// A short list is searched linearly. A long list has an index: a client may be able to choose its topics,
/// and slow searches in a long list would delay other clients.
enum Topics {
    Few(SmallVec<[Arc<Topic>; 2]>),
    Many(HashTable<Arc<Topic>>),
}

/// Bytes of memory that a subscription takes in addition to the topic: its slots in the lists of the
/// connection and the topic, which double as they grow.
const SUBSCRIPTION: usize = 64;

/// The largest number of topics that are searched linearly.
const FEW: usize = 16;

static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::default);

fn hash(topic: &Arc<Topic>) -> u64 {
    HASHER.hash_one(topic.name())
}

impl Default for Topics {
    fn default() -> Self {
        Self::Few(SmallVec::new())
    }
}

impl Topics {
    fn len(&self) -> usize {
        match self {
            Self::Few(topics) => topics.len(),
            Self::Many(topics) => topics.len(),
        }
    }

    fn find(&self, name: &str) -> Option<&Arc<Topic>> {
        match self {
            Self::Few(topics) => topics.iter().find(|topic| topic.name() == name),
            Self::Many(topics) => topics.find(HASHER.hash_one(name), |topic| topic.name() == name),
        }
    }

    fn contains(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn names(&self) -> Vec<String> {
        let name = |topic: &Arc<Topic>| topic.name().to_owned();
        match self {
            Self::Few(topics) => topics.iter().map(name).collect(),
            Self::Many(topics) => topics.iter().map(name).collect(),
        }
    }

    /// Adds a topic that is not in the list yet.
    fn push(&mut self, topic: Arc<Topic>) {
        match self {
            Self::Few(topics) if topics.len() < FEW => topics.push(topic),
            Self::Few(topics) => {
                let mut many = HashTable::with_capacity(2 * FEW);
                for topic in std::mem::take(topics).into_iter().chain([topic]) {
                    many.insert_unique(hash(&topic), topic, hash);
                }
                *self = Self::Many(many);
            }
            Self::Many(topics) => {
                topics.insert_unique(hash(&topic), topic, hash);
            }
        }
    }

    fn take(&mut self, name: &str) -> Option<Arc<Topic>> {
        match self {
            Self::Few(topics) => {
                let position = topics.iter().position(|topic| topic.name() == name)?;
                Some(topics.swap_remove(position))
            }
            Self::Many(topics) => {
                let found = topics.find_entry(HASHER.hash_one(name), |topic| topic.name() == name);
                Some(found.ok()?.remove().0)
            }
        }
    }

    fn all(&self) -> Vec<Arc<Topic>> {
        match self {
            Self::Few(topics) => topics.to_vec(),
            Self::Many(topics) => topics.iter().cloned().collect(),
        }
    }

    fn into_vec(self) -> Vec<Arc<Topic>> {
        match self {
            Self::Few(topics) => topics.into_vec(),
            Self::Many(topics) => topics.into_iter().collect(),
        }
    }
}

impl Subscriptions {
    pub(crate) fn contains(&self, name: &str) -> bool {
        let topics = self.topics.lock();
        topics.as_ref().is_some_and(|topics| topics.contains(name))
    }

    fn len(&self) -> usize {
        self.topics.lock().as_ref().map_or(0, |topics| topics.len())
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let topics = self.topics.lock();
        topics
            .as_ref()
            .map_or_else(Vec::new, |topics| topics.names())
    }

    /// The approximate number of bytes of memory that would be free without these subscriptions.
    pub(crate) fn held(&self) -> usize {
        let topics = self.topics.lock();
        let share =
            |topic: &Arc<Topic>| SUBSCRIPTION + directory::size(topic) / topic.count().max(1);
        match topics.as_deref() {
            None => 0,
            Some(Topics::Few(topics)) => topics.iter().map(share).sum(),
            Some(Topics::Many(topics)) => topics.iter().map(share).sum(),
        }
    }

    fn push(&self, topic: Arc<Topic>) {
        memory::add(SUBSCRIPTION);
        self.topics.lock().get_or_insert_default().push(topic);
    }

    fn take(&self, name: &str) -> Option<Arc<Topic>> {
        let topic = self.topics.lock().as_mut()?.take(name)?;
        memory::sub(SUBSCRIPTION);
        Some(topic)
    }

    fn find(&self, name: &str) -> Option<Arc<Topic>> {
        self.topics.lock().as_ref()?.find(name).cloned()
    }

    fn all(&self) -> Vec<Arc<Topic>> {
        let topics = self.topics.lock();
        topics.as_ref().map_or_else(Vec::new, |topics| topics.all())
    }

    fn take_all(&self) -> Vec<Arc<Topic>> {
        let topics = std::mem::take(&mut *self.topics.lock());
        let topics = topics.map_or_else(Vec::new, |topics| topics.into_vec());
        memory::sub(topics.len() * SUBSCRIPTION);
        topics
    }
}

impl Attached for Subscriptions {
    fn before_send(member: &Member) {
        batch::settle_before(member.id());
    }

    fn before_close(member: &Member) {
        for topic in member.attached().all() {
            topic.serve(member);
        }
    }
}

impl Hub {
    /// Subscribes an open connection to a topic, unless the connection has `limit` topics already (0 is no
    /// limit) or the memory limit is exceeded. Returns whether the connection is subscribed now.
    pub(crate) fn subscribe(&self, member: &Arc<Member>, name: &str, limit: usize) -> bool {
        if name.is_empty() || name.len() > Self::MAX_TOPIC_LENGTH || member.life() != Life::Open {
            return false;
        }
        // Only the session's own task subscribes, so the number read here is still valid below.
        if limit > 0 && member.attached().len() >= limit || memory::is_full() {
            return member.attached().contains(name);
        }
        turn::spend(1);
        if member.attached().contains(name) {
            return true;
        }
        loop {
            let topic = self.0.directory.get_or_insert(name);
            // The topic is listed before the connection becomes a member, because a caller that closes the
            // connection has to find the topic.
            member.attached().push(topic.clone());
            match topic.join(member) {
                Join::First => {
                    self.announce(name);
                    return true;
                }
                Join::Joined | Join::Already => return true,
                Join::Dead => {
                    member.attached().take(name);
                    // The last member has just left the topic, which may still be listed.
                    self.0.directory.remove(&topic);
                }
            }
        }
    }

    /// Ends a subscription. Returns whether it existed.
    pub(crate) fn unsubscribe(&self, member: &Member, name: &str) -> bool {
        turn::spend(1);
        let Some(topic) = member.attached().find(name) else {
            return false;
        };
        let left = self.leave(&topic, member);
        member.attached().take(name);
        left
    }

    /// Ends all subscriptions.
    pub(crate) fn leave_all(&self, member: &Member) {
        for topic in member.attached().take_all() {
            self.leave(&topic, member);
        }
    }

    fn leave(&self, topic: &Arc<Topic>, member: &Member) -> bool {
        let left = topic.leave(member);
        if left == Leave::Emptied {
            self.0.directory.remove(topic);
            self.announce(topic.name());
        }
        left != Leave::NotThere
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn few_and_many_are_the_same() {
        let mut topics = Topics::default();
        let mut model = BTreeSet::new();
        let mut seed = 1_u32;
        for step in 0..2_000 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // First many names, so that the list grows; then few, so that it shrinks.
            let names = if step < 1_000 { 40 } else { 10 };
            let name = format!("topic-{}", (seed >> 16) % names);
            if seed >> 31 == 0 && !topics.contains(&name) {
                topics.push(Arc::new(Topic::new(&name)));
                model.insert(name);
            } else {
                let taken = topics.take(&name);
                assert_eq!(taken.is_some(), model.remove(&name));
                assert!(taken.is_none_or(|topic| topic.name() == name));
            }
            assert_eq!(topics.len(), model.len());
            assert_eq!(BTreeSet::from_iter(topics.names()), model);
            assert!(model.iter().all(|name| topics.contains(name)));
        }
        assert_eq!(topics.into_vec().len(), model.len());
    }
}
