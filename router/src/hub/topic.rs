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
use smallvec::SmallVec;
use std::{
    collections::VecDeque,
    hash::BuildHasher,
    sync::{Arc, OnceLock, atomic::Ordering::Relaxed},
    task::Waker,
};

/// Up to this number a member is found by looking at all of them.
const SEARCHED: usize = 16;

pub(crate) struct Topic {
    name: Box<str>,
    /// Held while a message is handed to members: all see all publishes in one order. In it is
    /// what began and is not through: the oldest goes on before anything else begins.
    order: Mutex<Option<Box<Queue>>>,
    members: Mutex<Members>,
    count: AtomicU32,
    /// The window classes that members ever had: what a publish compresses for.
    windows: AtomicU32,
}

/// Messages that began and are not through, the oldest first. Few topics ever have one.
#[derive(Default)]
struct Queue(VecDeque<Underway>);

/// A message for more members than one chunk, or behind such a message.
struct Underway {
    message: Message,
    leaves_out: Box<dyn Fn(&Member) -> bool + Send + Sync>,
    pass: Pass,
    ticket: Ticket,
}

/// Where the result of a publish will be.
pub(crate) type Ticket = Arc<OnceLock<Published>>;

/// How far a message has come.
#[derive(Default)]
struct Pass {
    /// The next position, and the end. That is fixed with the first chunk, and is 0 until then.
    next: usize,
    end: usize,
    published: Published,
}

#[derive(Default)]
struct Members {
    /// `None` marks one that left while positions were pinned.
    slots: SmallVec<[Option<Arc<Member>>; 2]>,
    /// Positions by address, once there are many.
    index: Option<Box<HashTable<u32>>>,
    pinned: Option<Box<Pinned>>,
    /// The last member left: the topic is about to be removed, and takes nobody in.
    dead: bool,
}

/// Kept while positions must not change.
#[derive(Default)]
struct Pinned {
    /// Those who go through the slots in chunks now.
    pins: usize,
    holes: Vec<u32>,
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

    /// Puts a message into the outbox of each member that isn't left out.
    ///
    /// Receivers are those who are members when it begins and still are when their turn comes.
    /// Up to [`CHUNK`] of them that is one instant; above, joins and leaves go on between chunks.
    /// What is underway already is brought to its end first. `began` is called in the order that
    /// members see.
    pub(crate) fn publish(
        &self,
        message: Message,
        leaves_out: impl Fn(&Member) -> bool + Send + Sync + 'static,
        began: impl FnOnce(),
    ) -> Published {
        let mut wakers = Vec::new();
        let mut pass = Pass::default();
        let mut order = self.order.lock();
        began();
        let through =
            order.is_none() && self.hand_out(&message, &leaves_out, &mut pass, &mut wakers);
        if through {
            drop(order);
            wake_all(&mut wakers);
            return pass.published;
        }
        let ticket = enqueue(&mut order, message, leaves_out, pass);
        loop {
            // Should a waker panic, then whoever publishes next goes on from here.
            wake_all(&mut wakers);
            if let Some(published) = ticket.get() {
                return *published;
            }
            self.step(&mut order, &mut wakers);
        }
    }

    /// Puts a message behind those that are underway, for [`advance`](Self::advance).
    pub(crate) fn begin(
        &self,
        message: Message,
        leaves_out: impl Fn(&Member) -> bool + Send + Sync + 'static,
        began: impl FnOnce(),
    ) -> Ticket {
        let mut order = self.order.lock();
        began();
        enqueue(&mut order, message, leaves_out, Pass::default())
    }

    /// Hands the oldest message that is underway to one more chunk of its receivers, whoever
    /// began it: so nobody waits for another who may never go on. Returns what came of the
    /// ticket's when that is through.
    pub(crate) fn advance(&self, ticket: &Ticket) -> Option<Published> {
        let mut wakers = Vec::new();
        let mut order = self.order.lock();
        if ticket.get().is_none() {
            self.step(&mut order, &mut wakers);
        }
        drop(order);
        wake_all(&mut wakers);
        ticket.get().copied()
    }

    fn step(&self, order: &mut Option<Box<Queue>>, wakers: &mut Vec<Waker>) {
        let Some(queue) = order else { return };
        let Some(oldest) = queue.0.front_mut() else {
            return;
        };
        let Underway {
            message,
            leaves_out,
            pass,
            ticket,
        } = oldest;
        if self.hand_out(message, &**leaves_out, pass, wakers) {
            // It was empty: one message is through once.
            let _ = ticket.set(pass.published);
            queue.0.pop_front();
            if queue.0.is_empty() {
                *order = None;
            }
        }
    }

    /// One chunk of a message. Returns whether that was the last one.
    fn hand_out(
        &self,
        message: &Message,
        leaves_out: impl Fn(&Member) -> bool,
        pass: &mut Pass,
        wakers: &mut Vec<Waker>,
    ) -> bool {
        // Those who would refuse without the kernel having been asked: asked when `members` is
        // free again, but still under `order`.
        let mut aside = Vec::new();
        let mut members = self.members.lock();
        if pass.end == 0 {
            pass.end = members.slots.len();
            if pass.end > CHUNK {
                members.pin();
            }
        }
        let stop = pass.end.min(pass.next + CHUNK);
        for member in members.slots[pass.next..stop].iter().flatten() {
            if leaves_out(member) {
                continue;
            }
            match member.offer(message) {
                Some(pushed) => count(&mut pass.published, wakers, pushed),
                None => aside.push(member.clone()),
            }
        }
        pass.next = stop;
        let through = stop == pass.end;
        if through && pass.end > CHUNK {
            members.unpin();
        }
        unlock_fair(members);
        for member in aside {
            count(&mut pass.published, wakers, member.publish(message));
        }
        through
    }
}

fn enqueue(
    order: &mut Option<Box<Queue>>,
    message: Message,
    leaves_out: impl Fn(&Member) -> bool + Send + Sync + 'static,
    pass: Pass,
) -> Ticket {
    let ticket = Ticket::default();
    order.get_or_insert_default().0.push_back(Underway {
        message,
        leaves_out: Box::new(leaves_out),
        pass,
        ticket: ticket.clone(),
    });
    ticket
}

fn wake_all(wakers: &mut Vec<Waker>) {
    for waker in wakers.drain(..) {
        wake_up(Some(waker));
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

impl Members {
    /// Holds positions still until [`unpin`](Self::unpin).
    fn pin(&mut self) {
        self.pinned.get_or_insert_default().pins += 1;
    }

    /// The last one closes the holes that leavers have left.
    fn unpin(&mut self) {
        let Some(pinned) = &mut self.pinned else {
            return;
        };
        pinned.pins -= 1;
        if pinned.pins > 0 {
            return;
        }
        let mut holes = std::mem::take(&mut pinned.holes);
        self.pinned = None;
        // From the back: what moves into a hole is then never a hole itself.
        holes.sort_unstable();
        for hole in holes.into_iter().rev() {
            self.close_gap(hole as usize);
        }
    }

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
                *index = Some(Box::new(table));
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
        if let Some(pinned) = &mut self.pinned {
            pinned.holes.push(position as u32);
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
