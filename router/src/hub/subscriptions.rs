//! The topics of one connection.

use super::{
    Hub, Member,
    topic::{Join, Leave, Topic},
};
use crate::outbox::Life;
use parking_lot::Mutex;
use smallvec::SmallVec;
use std::sync::Arc;

/// A connection's topics. The lock is a leaf: nothing else is locked, and nothing called, under it.
///
/// Behind a pointer, since many connections have none.
#[derive(Default)]
pub(crate) struct Subscriptions {
    topics: Mutex<Option<Box<Topics>>>,
}

type Topics = SmallVec<[Arc<Topic>; 2]>;

impl Subscriptions {
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.topics
            .lock()
            .iter()
            .flat_map(|topics| topics.iter())
            .any(|topic| topic.name() == name)
    }

    fn len(&self) -> usize {
        self.topics.lock().as_ref().map_or(0, |topics| topics.len())
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.topics
            .lock()
            .iter()
            .flat_map(|topics| topics.iter())
            .map(|topic| topic.name().to_owned())
            .collect()
    }

    fn take(&self, name: &str) -> Option<Arc<Topic>> {
        let mut topics = self.topics.lock();
        let topics = topics.as_mut()?;
        let position = topics.iter().position(|topic| topic.name() == name)?;
        Some(topics.swap_remove(position))
    }
}

impl Hub {
    /// Makes an open connection a subscriber, of at most `limit` topics (0 is any number). Returns
    /// whether it is one now.
    pub(crate) fn subscribe(&self, member: &Arc<Member>, name: &str, limit: usize) -> bool {
        if name.is_empty() || name.len() > Self::MAX_TOPIC_LENGTH || member.life() != Life::Open {
            return false;
        }
        // Only the session's own task subscribes: what is read here still holds below.
        if limit > 0 && member.attached().len() >= limit {
            return member.attached().contains(name);
        }
        loop {
            let topic = self.0.directory.get_or_insert(name);
            let joined = topic.join(member);
            match joined {
                Join::First | Join::Joined => {
                    member
                        .attached()
                        .topics
                        .lock()
                        .get_or_insert_default()
                        .push(topic);
                }
                Join::Already => {}
                Join::Dead => {
                    // Its last member left a moment ago, and it may still be listed.
                    self.0.directory.remove(&topic);
                    continue;
                }
            }
            if joined == Join::First {
                self.announce(name);
            }
            return true;
        }
    }

    /// Ends a subscription. Returns whether there was one.
    pub(crate) fn unsubscribe(&self, member: &Member, name: &str) -> bool {
        match member.attached().take(name) {
            Some(topic) => self.leave(&topic, member),
            None => false,
        }
    }

    /// Ends all subscriptions.
    pub(crate) fn leave_all(&self, member: &Member) {
        let topics = std::mem::take(&mut *member.attached().topics.lock());
        for topic in topics.into_iter().flat_map(|topics| *topics) {
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
