//! One topic: its members, and publishing to them.
//!
//! | file | is about |
//! |---|---|
//! | `members` | the connections that are subscribed |
//! | `publish` | messages that are published one by one, to all members |
//! | `gather` | messages of one read batch, handed out together |
//!
//! These files are also compiled into a model checker's tests, with the checker's locks and a trivial member.
//! Lock order: `order`, then `members`, then a member's own locks.

mod gather;
mod members;
mod publish;

use super::{
    member::{MEMBERS_PER_CHUNK, Member, SocketId},
    sync::{AtomicU32, Mutex, MutexGuard, unlock_fair},
};
use gather::Group;
use members::Members;
pub(crate) use publish::Ticket;
use publish::{After, Underway};
use std::{
    collections::VecDeque,
    sync::{Arc, atomic::Ordering::Relaxed},
};

pub(crate) struct Topic {
    name: Box<str>,
    /// Locked while a message is handed to members, so that all members see all publishes in one order. The
    /// lock protects the messages whose publish is not complete. They are completed before a later message is
    /// handed out.
    order: Mutex<Order>,
    members: Mutex<Members>,
    count: AtomicU32,
    /// The compression windows of all members that have ever joined, as a set of bits; see
    /// `Member::window_class`. Each publish is compressed for all of them.
    windows: AtomicU32,
}

/// `None` until the topic first needs it. Few topics do.
type Order = Option<Box<Unfinished>>;

/// Messages that have been published and have not reached all their receivers.
#[derive(Default)]
struct Unfinished {
    /// Messages whose publish has begun and is not complete, the oldest first.
    underway: VecDeque<Underway>,
    /// Messages that are gathered, and were counted as delivered. `None` while anything is underway.
    group: Option<Group>,
    /// The publisher whose group was handed out last.
    last: Option<SocketId>,
}

/// The result of [`Topic::join`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Join {
    /// Joined as the first member. An emptied topic is never used again.
    First,
    Joined,
    Already,
    /// The topic was emptied: look it up again.
    Dead,
}

/// The result of [`Topic::leave`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    NotThere,
    Left,
    /// Left as the last member: remove the topic.
    Emptied,
}

impl Topic {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            order: Mutex::new(None),
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

    /// The set of the members' window classes. If a class is missing because its first member has just
    /// joined, that member receives the message uncompressed, which is always legal.
    pub(crate) fn windows(&self) -> u32 {
        self.windows.load(Relaxed)
    }

    pub(crate) fn join(&self, member: &Arc<Member>) -> Join {
        let mut members = self.members();
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
        let mut members = self.members();
        let Some(position) = members.position(member) else {
            return Leave::NotThere;
        };
        let deferred = members.serve(position);
        let left = members.remove(position);
        let remain = self.count.fetch_sub(1, Relaxed) - 1;
        members.dead = remain == 0;
        drop(members);
        drop(left);
        deferred.release();
        if remain == 0 {
            Leave::Emptied
        } else {
            Leave::Left
        }
    }

    /// Hands a member that is about to be closed the messages that were counted as delivered to it.
    pub(crate) fn serve(&self, member: &Member) {
        let mut members = self.members();
        if members.pinned.is_none() {
            return;
        }
        if let Some(position) = members.position(member) {
            let deferred = members.serve(position);
            drop(members);
            deferred.release();
        }
    }

    /// Locks the members for a change. Messages that are being gathered for them are handed out first.
    fn members(&self) -> MutexGuard<'_, Members> {
        loop {
            let members = self.members.lock();
            if !members.gathers {
                return members;
            }
            drop(members);
            let mut after = After::default();
            self.settle(&mut self.order.lock(), &mut after);
        }
    }

    /// Lists the members. A connection that is a member throughout the call is listed once; one that joins or
    /// leaves during the call may be listed.
    pub(crate) fn list(&self) -> Vec<Arc<Member>> {
        let mut all = Vec::with_capacity(self.count());
        let mut members = self.members.lock();
        let end = members.slots.len();
        if end > MEMBERS_PER_CHUNK {
            members.pin();
        }
        let mut start = 0;
        loop {
            let stop = (start + MEMBERS_PER_CHUNK).min(end);
            all.extend(members.slots[start..stop].iter().flatten().cloned());
            start = stop;
            if start == end {
                break;
            }
            unlock_fair(members);
            members = self.members.lock();
        }
        if end > MEMBERS_PER_CHUNK {
            members.unpin();
        }
        all
    }
}

#[cfg(test)]
#[path = "topic_tests.rs"]
mod tests;
