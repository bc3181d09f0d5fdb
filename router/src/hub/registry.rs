//! The sockets of one module, subscribed or not.

use super::Member;
use parking_lot::Mutex;
use slab::Slab;
use std::sync::{Arc, Weak};

/// The lock is held for this many sockets at a time.
const SLICE: usize = 256;

#[derive(Default)]
pub(crate) struct Registry {
    members: Mutex<Slab<Weak<Member>>>,
}

impl Registry {
    /// Lists a connection; returns its place, and what `look` says under the lock.
    pub(crate) fn enter<T>(&self, member: &Arc<Member>, look: impl FnOnce() -> T) -> (u32, T) {
        let mut members = self.members.lock();
        let place = members.insert(Arc::downgrade(member));
        // There are never as many sockets: each has a file descriptor.
        (place as u32, look())
    }

    /// Removes a connection; returns it, unless it has been dropped.
    pub(crate) fn leave(&self, place: u32) -> Option<Arc<Member>> {
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

    /// All connections, a slice at a time: those that are listed throughout are seen once.
    pub(crate) fn slices(&self) -> impl Iterator<Item = Vec<Arc<Member>>> {
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
