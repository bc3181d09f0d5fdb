//! Messages of one read batch, gathered and handed out together.
//!
//! A publisher with many messages in one read batch would walk through the members once per message. Instead,
//! its messages are framed back to back into a *group*, and the group is handed out in one walk.
//!
//! The result of each publish is exact although the walk happens later. A group's receivers are the members
//! that keep up and have room for it when it begins, and it is handed out before any member joins, leaves or
//! is closed. If a receiver's client stops reading in between, the receiver still accepts the group, because
//! the messages were counted as delivered. The few members that do not keep up are kept *apart*: each message
//! is published to them at once.

use super::super::{
    member::{Frames, MEMBERS_PER_CHUNK, MOST_WRITTEN, Member, Message, SocketId},
    published::Published,
    sync::unlock_fair,
};
use super::{Order, Topic, publish::After};
use std::sync::Arc;

/// The maximum size of a group in bytes, including frame headers. A receiver's queue may exceed its limit by
/// this much.
const GROUP_BYTES: usize = 8 * 1024;

/// After this many receivers, the members are unlocked for a moment, so that members can join and leave.
/// Writing to this many takes about 150 µs.
const WRITES_PER_CHUNK: usize = 32;

/// If more members than this do not keep up, nothing is gathered.
const MOST_APART: usize = 16;

/// Messages of one publisher that are counted as delivered and have not been handed out.
pub(super) struct Group {
    /// Whole frames.
    bytes: Vec<u8>,
    publisher: SocketId,
    except: Option<SocketId>,
    receivers: Receivers,
}

/// The members that receive a group, as determined when it begins.
struct Receivers {
    count: usize,
    /// While the group has at most this number of bytes, all receivers would accept the next message.
    room: usize,
    /// Members that do not keep up and are not receivers of the group.
    apart: Vec<Arc<Member>>,
}

impl Group {
    fn takes(&self, publisher: SocketId, except: Option<SocketId>, frame: [&[u8]; 2]) -> bool {
        self.is_of(publisher, except)
            && !self.bytes.is_empty()
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
    /// Publishes a message to all members except `except` by gathering its frame. Members that keep up
    /// receive it when [`publish_group`](Self::publish_group) is called, or before another publisher's
    /// message or a change of members. `began` is called in the order in which members see the messages.
    ///
    /// Returns `None`, without publishing, in these cases:
    ///
    /// - Too many members do not keep up.
    /// - Another publish is underway.
    /// - `go_on` is set, and the group to continue has already been handed out by another caller.
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
        match &mut unfinished.group {
            Some(group) if group.takes(publisher, except, frame) => {
                began();
                Some(group.push(frame, message, &mut after))
            }
            _ => {
                // If `go_on` is set, the open group has no room for the message. The group is written at
                // once.
                self.publish_gathered(&mut order, go_on, &mut after);
                self.begin_group(&mut order, publisher, except)
                    .map(|group| {
                        began();
                        group.push(frame, message, &mut after)
                    })
            }
        }
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

    /// The members that may receive a group. They do not change until it is handed out. `None` if too many
    /// members do not keep up.
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
            let stop = end.min(next + MEMBERS_PER_CHUNK);
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

    /// Hands out the group of this publisher, if others have not done so before; see
    /// [`publish_gathered`](Self::publish_gathered).
    pub(crate) fn publish_group(&self, publisher: SocketId, through: bool) {
        let mut after = After::default();
        let mut order = self.order.lock();
        let group = order.as_ref().and_then(|order| order.group.as_ref());
        if group.is_some_and(|group| group.publisher == publisher) {
            self.publish_gathered(&mut order, through, &mut after);
        }
    }

    /// Hands out the gathered messages before another operation on the topic.
    pub(super) fn settle(&self, order: &mut Order, after: &mut After) {
        self.publish_gathered(order, false, after);
    }

    /// Hands out the group, and writes it at once if `through` is set. If publishers alternate, the group is
    /// only queued, and the receivers' sessions write the messages of several publishers together.
    fn publish_gathered(&self, order: &mut Order, through: bool, after: &mut After) {
        let Some(unfinished) = order else { return };
        let Some(group) = unfinished.group.take() else {
            return;
        };
        let is_alone = unfinished.last.replace(group.publisher) == Some(group.publisher);
        let through = through && is_alone;
        let mut members = self.members.lock();
        // From here on, new members are placed behind `end`, and a member that leaves receives the group
        // before it is removed.
        members.gathers = false;
        if group.bytes.is_empty() {
            // A broker panicked before the first message was added.
            return;
        }
        let end = members.slots.len();
        members.begin_hand_out(
            Frames::new(group.bytes),
            group.except,
            group.receivers.apart,
        );
        let mut next = 0;
        while next < end {
            let through = through && next < MOST_WRITTEN;
            let chunk = if through {
                WRITES_PER_CHUNK
            } else {
                MEMBERS_PER_CHUNK
            };
            next = end.min(next + chunk);
            // Written with the members locked, so that a member that has left receives nothing more.
            members.serve_up_to(next, through, after);
            if next < end {
                unlock_fair(members);
                members = self.members.lock();
            }
        }
        after.members.extend(members.end_hand_out());
    }
}

#[cfg(test)]
#[path = "gather_tests.rs"]
mod tests;
