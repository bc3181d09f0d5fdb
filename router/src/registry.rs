//! A list of live items of one kind: the sockets of a module, or the connections of a server.

use parking_lot::Mutex;
use slab::Slab;
use std::sync::{Arc, Weak};

/// The number of places in the list that `slices` visits each time it takes the lock.
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
    /// Adds a member. Returns its place, and the result of `look`, which is called under the lock.
    pub(crate) fn enter<R>(&self, member: &Arc<T>, look: impl FnOnce() -> R) -> (u32, R) {
        let mut members = self.members.lock();
        let place = members.insert(Arc::downgrade(member));
        // There are never more than four billion members, because each has a file descriptor.
        (place as u32, look())
    }

    /// Removes a member. Returns it, unless it has been dropped.
    pub(crate) fn leave(&self, place: u32) -> Option<Arc<T>> {
        let mut members = self.members.lock();
        let member = members.remove(place as usize);
        if members.is_empty() {
            members.shrink_to_fit();
        }
        member.upgrade()
    }

    /// Calls `act` under the lock, so that members that [`enter`](Self::enter) later see its effect.
    pub(crate) fn change(&self, act: impl FnOnce()) {
        let _members = self.members.lock();
        act();
    }

    /// Returns all members in slices. The lock is released between slices; a member that stays listed
    /// throughout is returned exactly once.
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
