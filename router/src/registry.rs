//! Everything of one kind that is alive: the sockets of a module, the connections of a server.

use parking_lot::Mutex;
use slab::Slab;
use std::sync::{Arc, Weak};

/// The lock is held for this many members at a time.
const SLICE: usize = 256;

pub(crate) struct Registry<T> {
    members: Mutex<Slab<Weak<T>>>,
}

impl<T> Default for Registry<T> {
    fn default() -> Self {
        Self {
            members: Mutex::default(),
        }
    }
}

impl<T> Registry<T> {
    /// Lists a member; returns its place, and what `look` returns under the lock.
    pub(crate) fn enter<R>(&self, member: &Arc<T>, look: impl FnOnce() -> R) -> (u32, R) {
        let mut members = self.members.lock();
        let place = members.insert(Arc::downgrade(member));
        // There are never more than four billion: each has a file descriptor.
        (place as u32, look())
    }

    /// Removes a member; returns it, unless it has been dropped.
    pub(crate) fn leave(&self, place: u32) -> Option<Arc<T>> {
        let mut members = self.members.lock();
        let member = members.remove(place as usize);
        if members.is_empty() {
            members.shrink_to_fit();
        }
        member.upgrade()
    }

    /// Does something that those who [`enter`](Self::enter) later see.
    pub(crate) fn change(&self, act: impl FnOnce()) {
        let _members = self.members.lock();
        act();
    }

    /// All members, a slice at a time: those that are listed throughout are seen once.
    pub(crate) fn slices(&self) -> impl Iterator<Item = Vec<Arc<T>>> {
        (0..).step_by(SLICE).map_while(|start| {
            let members = self.members.lock();
            let slice = start..start + SLICE;
            (start < members.capacity()).then(|| {
                slice
                    .filter_map(|place| members.get(place)?.upgrade())
                    .collect()
            })
        })
    }
}
