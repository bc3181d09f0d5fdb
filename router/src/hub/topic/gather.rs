//! Messages of one read batch, gathered and handed out together.
//!
//! A publisher whose read batch brings many messages would walk through the members once for each. Instead,
//! its messages are framed back to back into a *group*, and the group is handed out in one walk.
//!
//! The report of each publish is exact although the walk comes later: a group is for receivers that keep up and
//! have room for it when it begins, and nobody joins, leaves or is closed before it has been handed out. A
//! receiver whose client stops reading in between accepts the group nevertheless, as it was counted. The few that
//! do not keep up stand *apart*: each message is published to them at once.

use super::super::{
    member::{CHUNK, Frames, Member, Message, SocketId},
    published::Published,
    sync::unlock_fair,
};
use super::{Order, Topic, publish::After};
use std::sync::Arc;

/// The most bytes that a group has, frame headers included. A receiver may have as much more than its limit.
const GROUP_BYTES: usize = 8 * 1024;

/// The number of receivers that a publisher writes to itself: a system call for each takes some five
/// milliseconds in all. The sessions of the others write, and the runtime shares the time out among them.
const WRITTEN_THROUGH: usize = 1024;

/// Receivers that are written to without letting joins and leaves in between: some 150 µs.
const WRITTEN_CHUNK: usize = 32;

/// With more members that do not keep up, nothing is gathered.
const MOST_APART: usize = 16;

/// Messages of one publisher that are counted as delivered, and have not been handed out.
pub(super) struct Group {
    /// Whole frames.
    bytes: Vec<u8>,
    publisher: SocketId,
    except: Option<SocketId>,
    receivers: Receivers,
}

/// The members that a group is for, as they are when it begins.
struct Receivers {
    count: usize,
    /// While the group is not larger than this, the next message would be accepted by all of them.
    room: usize,
    /// Members that do not keep up, and are not among them.
    apart: Vec<Arc<Member>>,
}

impl Group {
    fn takes(&self, publisher: SocketId, except: Option<SocketId>, frame: [&[u8]; 2]) -> bool {
        self.is_of(publisher, except)
            && self.bytes.len() <= self.receivers.room
            && self.bytes.len() + frame[0].len() + frame[1].len() <= GROUP_BYTES
    }

    fn is_of(&self, publisher: SocketId, except: Option<SocketId>) -> bool {
        (self.publisher, self.except) == (publisher, except)
    }

    fn push(
        &mut self,
        frame: [&[u8]; 2],
        message: impl FnOnce() -> Message,
        after: &mut After,
    ) -> Published {
        self.bytes.extend_from_slice(frame[0]);
        self.bytes.extend_from_slice(frame[1]);
        let mut published = Published {
            delivered: self.receivers.count,
            ..Published::default()
        };
        let apart = &self.receivers.apart;
        if !apart.is_empty() {
            let message = message();
            for member in apart {
                after.count(&mut published, member, member.publish(&message));
            }
        }
        published
    }
}

impl Receivers {
    fn add(&mut self, member: &Arc<Member>) {
        match member.room() {
            Some(room) => {
                self.room = self.room.min(room);
                self.count += 1;
            }
            None => self.apart.push(member.clone()),
        }
    }
}

impl Topic {
    /// Publishes a message by gathering its frame, to all but `except`. Members that keep up get it when
    /// [`hand_out_group`](Self::hand_out_group) is called, or somebody else publishes or changes the members.
    ///
    /// `None`, and nothing is done, if too many members do not keep up, or something else is underway; or if
    /// it was to `go_on` with a group that others have handed out.
    pub(crate) fn gather(
        &self,
        frame: [&[u8]; 2],
        message: impl FnOnce() -> Message,
        publisher: SocketId,
        except: Option<SocketId>,
        go_on: bool,
        began: impl FnOnce(),
    ) -> Option<Published> {
        let mut after = After::default();
        let mut order = self.order.lock();
        let unfinished = order.get_or_insert_default();
        let group = unfinished.group.as_mut();
        if go_on && !group.is_some_and(|group| group.is_of(publisher, except)) {
            return None;
        }
        let published = match &mut unfinished.group {
            Some(group) if group.takes(publisher, except, frame) => {
                began();
                Some(group.push(frame, message, &mut after))
            }
            _ => {
                // One that is full is written at once.
                self.hand_out_gathered(&mut order, go_on, &mut after);
                self.begin_group(&mut order, publisher, except)
                    .map(|group| {
                        began();
                        group.push(frame, message, &mut after)
                    })
            }
        };
        drop(order);
        after.act();
        published
    }

    fn begin_group<'o>(
        &self,
        order: &'o mut Order,
        publisher: SocketId,
        except: Option<SocketId>,
    ) -> Option<&'o mut Group> {
        let unfinished = order.get_or_insert_default();
        if !unfinished.underway.is_empty() {
            return None;
        }
        let receivers = self.receivers(except)?;
        Some(unfinished.group.insert(Group {
            bytes: Vec::new(),
            publisher,
            except,
            receivers,
        }))
    }

    /// The members that a group may be for. They stay as they are until it is handed out.
    fn receivers(&self, except: Option<SocketId>) -> Option<Receivers> {
        let mut receivers = Receivers {
            count: 0,
            room: usize::MAX,
            apart: Vec::new(),
        };
        let mut members = self.members.lock();
        members.gathers = true;
        members.pin();
        let (end, mut next) = (members.slots.len(), 0);
        while next < end && receivers.apart.len() <= MOST_APART {
            if next > 0 {
                unlock_fair(members);
                members = self.members.lock();
            }
            let stop = end.min(next + CHUNK);
            for member in members.slots[next..stop].iter().flatten() {
                if Some(member.id()) != except {
                    receivers.add(member);
                }
            }
            next = stop;
        }
        members.unpin();
        members.gathers = receivers.apart.len() <= MOST_APART;
        members.gathers.then_some(receivers)
    }

    /// Hands out what this publisher has gathered, if others have not done so before; see
    /// [`hand_out_gathered`](Self::hand_out_gathered).
    pub(crate) fn hand_out_group(&self, publisher: SocketId, through: bool) {
        let mut after = After::default();
        let mut order = self.order.lock();
        let group = order.as_ref().and_then(|order| order.group.as_ref());
        if group.is_some_and(|group| group.publisher == publisher) {
            self.hand_out_gathered(&mut order, through, &mut after);
        }
        drop(order);
        after.act();
    }

    /// Hands out what is gathered, before something else happens to the topic.
    pub(super) fn settle(&self, order: &mut Order, after: &mut After) {
        self.hand_out_gathered(order, false, after);
    }

    /// The group is written at once if `through` is set, unless publishers take turns: then the receivers'
    /// sessions write the messages of several publishers together.
    fn hand_out_gathered(&self, order: &mut Order, through: bool, after: &mut After) {
        let Some(unfinished) = order else { return };
        let Some(group) = unfinished.group.take() else {
            return;
        };
        let is_alone = unfinished.last.replace(group.publisher) == Some(group.publisher);
        let through = through && is_alone;
        let mut members = self.members.lock();
        // From here on others join behind the end, and those who leave take what they are owed.
        members.gathers = false;
        if group.bytes.is_empty() {
            // A broker panicked before the first message was in.
            return;
        }
        let end = members.slots.len();
        members.begin_owing(
            Frames::new(group.bytes),
            group.except,
            group.receivers.apart,
        );
        let mut next = 0;
        while next < end {
            let through = through && next < WRITTEN_THROUGH;
            let chunk = if through { WRITTEN_CHUNK } else { CHUNK };
            next = end.min(next + chunk);
            // Written with the members locked: one who has left gets nothing any more.
            members.serve_up_to(next, through, after);
            if next < end {
                unlock_fair(members);
                members = self.members.lock();
            }
        }
        members.end_owing();
    }
}

#[cfg(test)]
#[path = "gather_tests.rs"]
mod tests;
