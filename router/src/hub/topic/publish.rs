//! Publishes one by one: through all members, in chunks.

use super::super::{
    member::{CHUNK, Deferred, DropReason, Member, Message, Pushed, SendStatus, wake_up},
    published::Published,
    sync::unlock_fair,
};
use super::{Order, Topic};
use std::{
    sync::{Arc, OnceLock},
    task::Waker,
};

/// A message for more members than one chunk, or behind such a message.
pub(super) struct Underway {
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

impl Topic {
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
        let mut after = After::default();
        let mut pass = Pass::default();
        let mut order = self.order.lock();
        self.settle(&mut order, &mut after);
        began();
        let completed = order.as_ref().is_none_or(|order| order.underway.is_empty())
            && self.hand_out(&message, &leaves_out, &mut pass, &mut after);
        if completed {
            drop(order);
            after.act();
            return pass.published;
        }
        let ticket = enqueue(&mut order, message, leaves_out, pass);
        loop {
            // Should a waker panic, then whoever publishes next goes on from here.
            after.wake();
            if let Some(published) = ticket.get() {
                drop(order);
                after.act();
                return *published;
            }
            self.step(&mut order, &mut after);
        }
    }

    /// Puts a message behind those that are underway, for [`advance`](Self::advance).
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
        let ticket = enqueue(&mut order, message, leaves_out, Pass::default());
        drop(order);
        after.act();
        ticket
    }

    /// Hands the oldest message that is underway to one more chunk of its receivers, whoever
    /// began it: so nobody waits for another who may never go on. Returns what came of the
    /// ticket's when that is through.
    pub(crate) fn advance(&self, ticket: &Ticket) -> Option<Published> {
        let mut after = After::default();
        let mut order = self.order.lock();
        if ticket.get().is_none() {
            self.step(&mut order, &mut after);
        }
        drop(order);
        after.act();
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
        if self.hand_out(message, &**leaves_out, pass, after) {
            // Cannot fail: each message completes exactly once.
            let _ = ticket.set(pass.published);
            order.underway.pop_front();
        }
    }

    /// One chunk of a message. Returns whether that was the last one.
    fn hand_out(
        &self,
        message: &Message,
        leaves_out: impl Fn(&Member) -> bool,
        pass: &mut Pass,
        after: &mut After,
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
                Some(pushed) => after.count(&mut pass.published, member, pushed),
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
            let pushed = member.publish(message);
            after.count(&mut pass.published, &member, pushed);
        }
        through
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

/// What has to wait until no lock is held.
#[derive(Default)]
pub(super) struct After {
    wakers: Vec<Waker>,
    deferred: Vec<Deferred>,
    /// Members to close, since the limit refused a message.
    slow: Vec<Arc<Member>>,
}

impl After {
    pub(super) fn act(mut self) {
        self.wake();
        for deferred in self.deferred {
            deferred.release();
        }
        for member in self.slow {
            member.close_if_slow();
        }
    }

    fn wake(&mut self) {
        for waker in self.wakers.drain(..) {
            wake_up(Some(waker));
        }
    }

    pub(super) fn defer(&mut self, deferred: Deferred) {
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
            // A closing connection is no receiver any more.
            SendStatus::Dropped(DropReason::Closed) => {}
            SendStatus::Dropped(_) => {
                published.dropped += 1;
                if member.closes_if_slow() {
                    self.slow.push(member.clone());
                }
            }
        }
        published.displaced += pushed.displaced;
        self.wakers.extend(pushed.wake);
    }
}
