//! Publishing one message at a time, to all members in chunks.

use super::super::{
    member::{
        Deferred, DropReason, MEMBERS_PER_CHUNK, Member, Message, Pushed, SendStatus, wake_session,
    },
    published::Published,
    sync::unlock_fair,
};
use super::{Order, Topic};
use std::{
    sync::{Arc, OnceLock},
    task::Waker,
};

/// A message for more members than one chunk, or a message queued behind such a message.
pub(super) struct Underway {
    message: Message,
    leaves_out: Box<dyn Fn(&Member) -> bool + Send + Sync>,
    pass: Pass,
    ticket: Ticket,
}

/// The place where the result of a publish is stored.
pub(crate) type Ticket = Arc<OnceLock<Published>>;

/// The progress of a message through the members.
#[derive(Default)]
struct Pass {
    /// The next position and the end position. The end is fixed with the first chunk, and is 0
    /// until then.
    next: usize,
    end: usize,
    published: Published,
}

impl Topic {
    /// Puts a message into the outbox of each member that is not left out.
    ///
    /// The receivers are the connections that are members when the publish begins and still are when the
    /// message is handed to them. With up to [`MEMBERS_PER_CHUNK`] members, the receivers are determined in
    /// one step: no member can join or leave in between. With more, members can join and leave between
    /// chunks. Messages that are underway are completed first. `began` is called in the order in which
    /// members see the messages.
    pub(crate) fn publish(
        &self,
        message: Message,
        leaves_out: impl Fn(&Member) -> bool + Send + Sync + 'static,
        began: impl FnOnce(),
    ) -> Published {
        let mut after = After::default();
        let mut pass = Pass::default();
        let mut order = self.order.lock();
        self.settle(&mut order, &mut after);
        began();
        let completed = order.as_ref().is_none_or(|order| order.underway.is_empty())
            && self.publish_chunk(&message, &leaves_out, &mut pass, &mut after);
        if completed {
            return pass.published;
        }
        let ticket = enqueue(&mut order, message, leaves_out, pass);
        loop {
            // If a waker panics, the next publisher continues from here.
            after.wake();
            if let Some(published) = ticket.get() {
                return *published;
            }
            self.step(&mut order, &mut after);
        }
    }

    /// Queues a message behind those that are underway, for [`advance`](Self::advance).
    pub(crate) fn begin(
        &self,
        message: Message,
        leaves_out: impl Fn(&Member) -> bool + Send + Sync + 'static,
        began: impl FnOnce(),
    ) -> Ticket {
        let mut after = After::default();
        let mut order = self.order.lock();
        self.settle(&mut order, &mut after);
        began();
        enqueue(&mut order, message, leaves_out, Pass::default())
    }

    /// Hands the oldest message that is underway to one more chunk of its receivers, whichever publisher
    /// began it, so that no publisher waits for another that may never continue. Returns the result of the
    /// ticket's message if that message is complete.
    pub(crate) fn advance(&self, ticket: &Ticket) -> Option<Published> {
        let mut after = After::default();
        let mut order = self.order.lock();
        if ticket.get().is_none() {
            self.step(&mut order, &mut after);
        }
        ticket.get().copied()
    }

    fn step(&self, order: &mut Order, after: &mut After) {
        let Some(order) = order else { return };
        let Some(oldest) = order.underway.front_mut() else {
            return;
        };
        let Underway {
            message,
            leaves_out,
            pass,
            ticket,
        } = oldest;
        if self.publish_chunk(message, &**leaves_out, pass, after) {
            // Cannot fail: each message completes exactly once.
            let _ = ticket.set(pass.published);
            after.completed.extend(order.underway.pop_front());
        }
    }

    /// Hands out one chunk of a message. Returns whether it was the last one.
    fn publish_chunk(
        &self,
        message: &Message,
        leaves_out: impl Fn(&Member) -> bool,
        pass: &mut Pass,
        after: &mut After,
    ) -> bool {
        let mut members = self.members.lock();
        if pass.end == 0 {
            pass.end = members.slots.len();
            if pass.end > MEMBERS_PER_CHUNK {
                members.pin();
            }
        }
        // Members for which a write has to be tried before they may refuse.
        let mut aside = Vec::new();
        let stop = pass.end.min(pass.next + MEMBERS_PER_CHUNK);
        for position in pass.next..stop {
            let Some(member) = &members.slots[position] else {
                continue;
            };
            if leaves_out(member) {
                continue;
            }
            match member.try_publish(message) {
                Some(pushed) => after.count(&mut pass.published, member, pushed),
                None => aside.push((position, member.clone())),
            }
        }
        if !aside.is_empty() {
            // Written with `members` unlocked. A member that has left meanwhile is no receiver.
            members.pin();
            unlock_fair(members);
            for (_, member) in &aside {
                member.flush();
            }
            members = self.members.lock();
            for (position, member) in aside {
                let slot = members.slots[position].as_ref();
                if slot.is_some_and(|other| Arc::ptr_eq(other, &member)) {
                    let pushed = member.publish_now(message);
                    after.count(&mut pass.published, &member, pushed);
                }
                after.members.push(member);
            }
            members.unpin();
        }
        pass.next = stop;
        let completed = stop == pass.end;
        if completed && pass.end > MEMBERS_PER_CHUNK {
            members.unpin();
        }
        unlock_fair(members);
        completed
    }
}

fn enqueue(
    order: &mut Order,
    message: Message,
    leaves_out: impl Fn(&Member) -> bool + Send + Sync + 'static,
    pass: Pass,
) -> Ticket {
    let ticket = Ticket::default();
    order.get_or_insert_default().underway.push_back(Underway {
        message,
        leaves_out: Box::new(leaves_out),
        pass,
        ticket: ticket.clone(),
    });
    ticket
}

/// Work that must not be done while a lock is held. It is done when this value is dropped. The value is
/// declared before the guard of `order`, so that the guard is dropped first. Only a publish in several chunks
/// wakes sessions earlier, between two chunks.
#[derive(Default)]
pub(super) struct After {
    /// Members whose sessions have to write, and their wakers.
    wakers: Vec<(Arc<Member>, Waker)>,
    deferred: Vec<Deferred>,
    /// Members to close, because the limit refused a message.
    slow: Vec<Arc<Member>>,
    /// Members to drop when no lock is held: their destructors may run the user's code.
    pub(super) members: Vec<Arc<Member>>,
    completed: Vec<Underway>,
}

/// A destructor, because the sessions that have to write earlier messages must be woken even if a broker
/// panics.
impl Drop for After {
    fn drop(&mut self) {
        self.wake();
        for deferred in self.deferred.drain(..) {
            deferred.release();
        }
        for member in self.slow.drain(..) {
            member.close_if_slow();
        }
    }
}

impl After {
    fn wake(&mut self) {
        for (member, waker) in self.wakers.drain(..) {
            wake_session(member, waker);
        }
    }

    pub(super) fn defer(&mut self, member: &Arc<Member>, mut deferred: Deferred) {
        let waker = deferred.take_wake();
        self.wakers
            .extend(waker.map(|waker| (member.clone(), waker)));
        if !deferred.is_nothing() {
            self.deferred.push(deferred);
        }
    }

    pub(super) fn count(
        &mut self,
        published: &mut Published,
        member: &Arc<Member>,
        pushed: Pushed,
    ) {
        match pushed.status {
            SendStatus::Sent(_) => published.delivered += 1,
            SendStatus::Queued { .. } => published.queued += 1,
            // A closing connection does not count as a receiver.
            SendStatus::Dropped(DropReason::Closed) => {}
            SendStatus::Dropped(_) => {
                published.dropped += 1;
                if member.closes_if_slow() {
                    self.slow.push(member.clone());
                }
            }
        }
        published.displaced += pushed.displaced;
        let waker = pushed.wake.map(|waker| (member.clone(), waker));
        self.wakers.extend(waker);
    }
}
