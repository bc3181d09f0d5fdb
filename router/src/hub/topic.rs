//! One topic: its members, and the publish that goes through them.
//!
//! This file is also compiled into a model checker's tests, with its locks and a trivial member
//! in place of ours. Lock order: `order`, then `members`, then a member's own.

use super::{
    member::{CHUNK, DropReason, Member, Message, Pushed, SendStatus, wake_up},
    published::Published,
    sync::{AtomicU32, Mutex, unlock_fair},
};
use hashbrown::HashTable;
use std::{
    hash::BuildHasher,
    sync::{Arc, atomic::Ordering::Relaxed},
    task::Waker,
};

/// Up to this number a member is found by looking at all of them.
const SEARCHED: usize = 16;

pub(crate) struct Topic {
    name: Box<str>,
    /// Held for the whole of a publish: all members see all publishes in one order.
    order: Mutex<()>,
    members: Mutex<Members>,
    count: AtomicU32,
    /// The window classes that members ever had: what a publish compresses for.
    windows: AtomicU32,
}

#[derive(Default)]
struct Members {
    /// `None` marks one that left while positions were pinned.
    slots: Vec<Option<Arc<Member>>>,
    /// Positions by address, once there are many.
    index: Option<HashTable<u32>>,
    holes: Vec<u32>,
    /// Those who go through the slots in chunks now, and need their positions.
    pins: usize,
    /// The last member left: the topic is about to be removed, and takes nobody in.
    dead: bool,
}

/// What came of [`Topic::join`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Join {
    /// And is the first: a topic has members once in its life.
    First,
    Joined,
    Already,
    /// The topic is gone: look it up again.
    Dead,
}

/// What came of [`Topic::leave`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    NotThere,
    Left,
    /// It was the last: remove the topic.
    Emptied,
}

impl Topic {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            order: Mutex::new(()),
            members: Mutex::new(Members::default()),
            count: AtomicU32::new(0),
            windows: AtomicU32::new(0),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn count(&self) -> usize {
        self.count.load(Relaxed) as usize
    }

    /// A set of window classes. One that is missing, since its first member just joined, gets the
    /// message as it is, which is always legal.
    pub(crate) fn windows(&self) -> u32 {
        self.windows.load(Relaxed)
    }

    pub(crate) fn join(&self, member: &Arc<Member>) -> Join {
        let mut members = self.members.lock();
        if members.dead {
            return Join::Dead;
        }
        if members.position(member).is_some() {
            return Join::Already;
        }
        members.add(member.clone());
        self.windows.fetch_or(member.window_class(), Relaxed);
        match self.count.fetch_add(1, Relaxed) {
            0 => Join::First,
            _ => Join::Joined,
        }
    }

    pub(crate) fn leave(&self, member: &Member) -> Leave {
        let mut members = self.members.lock();
        let Some(position) = members.position(member) else {
            return Leave::NotThere;
        };
        let left = members.remove(position);
        let remain = self.count.fetch_sub(1, Relaxed) - 1;
        members.dead = remain == 0;
        drop(members);
        drop(left);
        if remain == 0 {
            Leave::Emptied
        } else {
            Leave::Left
        }
    }

    /// Those who are members from the beginning to the end, each once, and some that come or go
    /// meanwhile.
    pub(crate) fn members(&self) -> Vec<Arc<Member>> {
        let mut all = Vec::with_capacity(self.count());
        // Declared before the guard, to be dropped after it: it locks them again.
        let _pin;
        let mut members = self.members.lock();
        let end = members.slots.len();
        if end > CHUNK {
            _pin = self.pin(&mut members);
        }
        let mut start = 0;
        loop {
            let stop = (start + CHUNK).min(end);
            all.extend(members.slots[start..stop].iter().flatten().cloned());
            unlock_fair(members);
            start = stop;
            if start == end {
                return all;
            }
            members = self.members.lock();
        }
    }

    fn pin(&self, members: &mut Members) -> Pin<'_> {
        members.pins += 1;
        Pin { topic: self }
    }

    /// Puts a message into the outbox of each member that isn't left out.
    ///
    /// Receivers are those who are members when it begins and still are when their turn comes.
    /// Up to [`CHUNK`] of them that is one instant; above, joins and leaves go on between chunks.
    pub(crate) fn publish(
        &self,
        message: &Message,
        leaves_out: impl Fn(&Member) -> bool,
    ) -> Published {
        let mut published = Published::default();
        let mut wakers = Vec::new();
        // Those who would refuse without the kernel having been asked: asked when `members` is
        // free again, but still under `order`.
        let mut aside = Vec::new();

        let order = self.order.lock();
        // Declared before the guard of `members`, to be dropped after it: it locks them again.
        let mut pin = None;
        let mut members = self.members.lock();
        let end = members.slots.len();
        if end > CHUNK {
            pin = Some(self.pin(&mut members));
        }
        let mut start = 0;
        loop {
            let stop = end.min(start + CHUNK);
            for member in members.slots[start..stop].iter().flatten() {
                if leaves_out(member) {
                    continue;
                }
                match member.offer(message) {
                    Some(pushed) => count(&mut published, &mut wakers, pushed),
                    None => aside.push(member.clone()),
                }
            }
            unlock_fair(members);
            for member in aside.drain(..) {
                count(&mut published, &mut wakers, member.publish(message));
            }
            start = stop;
            if start == end {
                break;
            }
            for waker in wakers.drain(..) {
                wake_up(Some(waker));
            }
            members = self.members.lock();
        }
        drop(pin);
        drop(order);
        for waker in wakers {
            wake_up(Some(waker));
        }
        published
    }
}

fn count(published: &mut Published, wakers: &mut Vec<Waker>, pushed: Pushed) {
    match pushed.status {
        SendStatus::Sent(_) => published.delivered += 1,
        SendStatus::Queued { .. } => published.queued += 1,
        // A closing connection is no receiver any more.
        SendStatus::Dropped(DropReason::Closed) => {}
        SendStatus::Dropped(_) => published.dropped += 1,
    }
    published.displaced += pushed.displaced;
    wakers.extend(pushed.wake);
}

/// Holds positions still. The end of the last one, even by a panic, closes the holes that leavers
/// have left.
struct Pin<'a> {
    topic: &'a Topic,
}

impl Drop for Pin<'_> {
    fn drop(&mut self) {
        let mut members = self.topic.members.lock();
        members.pins -= 1;
        if members.pins > 0 {
            return;
        }
        let mut holes = std::mem::take(&mut members.holes);
        // From the back: what moves into a hole is then never a hole itself.
        holes.sort_unstable();
        for hole in holes.into_iter().rev() {
            members.close_gap(hole as usize);
        }
    }
}

impl Members {
    fn position(&self, member: &Member) -> Option<usize> {
        let is = |slot: &Option<Arc<Member>>| {
            slot.as_deref()
                .is_some_and(|other| std::ptr::eq(other, member))
        };
        match &self.index {
            None => self.slots.iter().position(is),
            Some(index) => index
                .find(hash(member), |&position| is(&self.slots[position as usize]))
                .map(|&position| position as usize),
        }
    }

    fn add(&mut self, member: Arc<Member>) {
        let position = self.slots.len() as u32;
        let hash_of_new = hash(&member);
        self.slots.push(Some(member));
        let Self { slots, index, .. } = self;
        match index {
            Some(index) => {
                index.insert_unique(hash_of_new, position, |&other| hash_at(slots, other));
            }
            None if slots.len() > SEARCHED => {
                let mut table = HashTable::with_capacity(slots.len());
                for (position, slot) in slots.iter().enumerate() {
                    if slot.is_some() {
                        let position = position as u32;
                        table.insert_unique(hash_at(slots, position), position, |&other| {
                            hash_at(slots, other)
                        });
                    }
                }
                *index = Some(table);
            }
            None => {}
        }
    }

    fn remove(&mut self, position: usize) -> Option<Arc<Member>> {
        if let Some(index) = &mut self.index
            && let Some(member) = &self.slots[position]
            && let Ok(entry) = index.find_entry(hash(member), |&other| other as usize == position)
        {
            entry.remove();
        }
        let left = self.slots[position].take();
        if self.pins > 0 {
            self.holes.push(position as u32);
        } else {
            self.close_gap(position);
        }
        left
    }

    /// Moves the last slot into an empty one.
    fn close_gap(&mut self, position: usize) {
        let last = self.slots.len() - 1;
        self.slots.swap_remove(position);
        if position < last
            && let Some(index) = &mut self.index
            && let Some(moved) = &self.slots[position]
            && let Some(entry) = index.find_mut(hash(moved), |&other| other as usize == last)
        {
            *entry = position as u32;
        }
    }
}

fn hash(member: &Member) -> u64 {
    foldhash::fast::FixedState::default().hash_one(std::ptr::from_ref(member).addr())
}

fn hash_at(slots: &[Option<Arc<Member>>], position: u32) -> u64 {
    // Positions in the index are those of members, never of holes.
    slots[position as usize].as_deref().map_or(0, hash)
}

#[cfg(test)]
#[path = "topic_tests.rs"]
mod tests;
