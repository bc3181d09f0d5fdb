//! Topics by name.
//!
//! The topics are divided among *shards*, each with its own lock. A shard's lock is held only to look up,
//! insert or remove a pointer, and never together with another lock.

use super::topic::Topic;
use crate::memory;
use foldhash::quality::RandomState;
use hashbrown::{HashTable, hash_table::Entry};
use parking_lot::RwLock;
use std::{cell::Cell, hash::BuildHasher, sync::Arc};

const SHARDS: usize = 16;

/// Bytes of memory that a topic takes: itself, the counts of its `Arc`, its name, and its slot in the
/// directory.
pub(super) fn size(topic: &Topic) -> usize {
    size_of::<Topic>() + 2 * size_of::<usize>() + topic.name().len() + 2 * size_of::<usize>()
}

/// The topic that a thread used last.
struct Last {
    directory: usize,
    topic: Arc<Topic>,
}

thread_local! {
    static LAST: Cell<Option<Last>> = const { Cell::new(None) };
}

pub(super) struct Directory {
    hasher: RandomState,
    shards: [RwLock<HashTable<Arc<Topic>>>; SHARDS],
}

impl Directory {
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::default(),
            shards: Default::default(),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<Arc<Topic>> {
        let hash = self.hasher.hash_one(name);
        self.shard(hash)
            .read()
            .find(hash, |topic| topic.name() == name)
            .cloned()
    }

    /// Calls `act` with the topic of this name, if there is one. Each thread remembers its last topic, so
    /// that a series of publishes to it writes to no memory that other threads use.
    pub(super) fn with<T>(&self, name: &str, act: impl FnOnce(&Arc<Topic>) -> T) -> Option<T> {
        let is_right = |last: &Last| {
            // A topic without members is not listed any more, or is about to be removed. A topic with members
            // keeps its directory alive, so that no other directory can have the same address.
            last.directory == self.address() && last.topic.name() == name && last.topic.count() > 0
        };
        // A thread that is ending remembers no topic.
        let last = LAST.try_with(Cell::take).ok().flatten().filter(is_right);
        let last = match last {
            Some(last) => last,
            None => Last {
                directory: self.address(),
                topic: self.get(name)?,
            },
        };
        let result = act(&last.topic);
        let _ = LAST.try_with(|slot| slot.set(Some(last)));
        Some(result)
    }

    /// Distinguishes the directory from others while one of its topics has members.
    pub(super) fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    pub(super) fn get_or_insert(&self, name: &str) -> Arc<Topic> {
        self.get(name).unwrap_or_else(|| {
            let new = Arc::new(Topic::new(name));
            let hash = self.hasher.hash_one(name);
            let mut shard = self.shard(hash).write();
            let rehash = |topic: &Arc<Topic>| self.hasher.hash_one(topic.name());
            match shard.entry(hash, |topic| topic.name() == name, rehash) {
                Entry::Occupied(entry) => entry.get().clone(),
                Entry::Vacant(entry) => {
                    memory::add(size(&new));
                    entry.insert(new.clone());
                    new
                }
            }
        })
    }

    /// The names of all topics that have members.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for shard in &self.shards {
            let shard = shard.read();
            let live = shard.iter().filter(|topic| topic.count() > 0);
            names.extend(live.map(|topic| topic.name().to_owned()));
        }
        names
    }

    /// Removes exactly this topic, not a new one of the same name.
    pub(super) fn remove(&self, topic: &Arc<Topic>) {
        let hash = self.hasher.hash_one(topic.name());
        let mut shard = self.shard(hash).write();
        if let Ok(entry) = shard.find_entry(hash, |other| Arc::ptr_eq(other, topic)) {
            let (removed, _) = entry.remove();
            drop(shard);
            memory::sub(size(&removed));
            drop(removed);
        }
    }

    fn shard(&self, hash: u64) -> &RwLock<HashTable<Arc<Topic>>> {
        // The table itself uses the low and the topmost bits of the hash.
        &self.shards[(hash >> 48) as usize % SHARDS]
    }
}

/// Subtracts the memory of topics whose members were dropped without leaving.
impl Drop for Directory {
    fn drop(&mut self) {
        for shard in &mut self.shards {
            memory::sub(shard.get_mut().iter().map(|topic| size(topic)).sum());
        }
    }
}
