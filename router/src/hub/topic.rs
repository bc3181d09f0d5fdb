//! One topic: its members, and the publish that goes through them.
//!
//! | file | is about |
//! |---|---|
//! | `members` | who is subscribed |
//! | `publish` | one message after the other, through all members |
//! | `gather` | messages of one read batch, handed out together |
//!
//! These files are also compiled into a model checker's tests, with their locks and a trivial member
//! in place of ours. Lock order: `order`, then `members`, then a member's own.

mod gather;
mod members;
mod publish;

use super::{
    member::{CHUNK, Member, SocketId},
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
    /// Held while a message is handed to members: all see all publishes in one order. What it holds
    /// was published before, and goes on before anything else begins.
    order: Mutex<Order>,
    members: Mutex<Members>,
    count: AtomicU32,
    /// The window classes that members ever had: what a publish compresses for.
    windows: AtomicU32,
}

/// Few topics ever have one.
type Order = Option<Box<Unfinished>>;

/// What has been published and has not reached all its receivers.
#[derive(Default)]
struct Unfinished {
    /// Messages that began and are not complete, the oldest first.
    underway: VecDeque<Underway>,
    /// Messages that are gathered, and were counted as delivered. Never there while anything is underway.
    group: Option<Group>,
    /// The publisher whose group was handed out last.
    last: Option<SocketId>,
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

    /// A set of window classes. One that is missing, since its first member just joined, gets the
    /// message as it is, which is always legal.
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

    /// Gives a member that is about to be closed what was counted as delivered to it.
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

    /// The members, to change them. What is being gathered for them is handed out first.
    fn members(&self) -> MutexGuard<'_, Members> {
        loop {
            let members = self.members.lock();
            if !members.gathers {
                return members;
            }
            drop(members);
            let mut after = After::default();
            self.settle(&mut self.order.lock(), &mut after);
            after.act();
        }
    }

    /// Those who are members from the beginning to the end, each once, and some that come or go
    /// meanwhile.
    pub(crate) fn list(&self) -> Vec<Arc<Member>> {
        let mut all = Vec::with_capacity(self.count());
        let mut members = self.members.lock();
        let end = members.slots.len();
        if end > CHUNK {
            members.pin();
        }
        let mut start = 0;
        loop {
            let stop = (start + CHUNK).min(end);
            all.extend(members.slots[start..stop].iter().flatten().cloned());
            start = stop;
            if start == end {
                break;
            }
            unlock_fair(members);
            members = self.members.lock();
        }
        if end > CHUNK {
            members.unpin();
        }
        all
    }
}

#[cfg(test)]
#[path = "topic_tests.rs"]
mod tests;
