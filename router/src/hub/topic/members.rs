//! The members of a topic, each in a numbered slot.

use super::super::member::{Deferred, Frames, Member, SocketId};
use super::publish::After;
use hashbrown::HashTable;
use smallvec::SmallVec;
use std::{hash::BuildHasher, sync::Arc};

/// Up to this number of members, a member is found by linear search.
const SEARCHED: usize = 16;

#[derive(Default)]
pub(super) struct Members {
    /// `None` is the slot of a member that left while positions were pinned.
    pub(super) slots: SmallVec<[Option<Arc<Member>>; 2]>,
    /// Positions by the members' addresses, once there are many members.
    pub(super) index: Option<Box<HashTable<u32>>>,
    pub(super) pinned: Option<Box<Pinned>>,
    /// Messages are being gathered for exactly these members, and are handed out before any member joins,
    /// leaves or is closed. Set and cleared by the holder of the topic's `order` lock.
    pub(super) gathers: bool,
    /// The last member has left. The topic is about to be removed and is closed to new members.
    pub(super) dead: bool,
}

/// State that is kept while positions must not change.
#[derive(Default)]
pub(super) struct Pinned {
    /// The number of callers that are going through the slots in chunks.
    pins: usize,
    holes: Vec<u32>,
    /// A group that is being handed out, and was counted as delivered before.
    hand_out: Option<HandOut>,
}

struct HandOut {
    frames: Frames,
    except: Option<SocketId>,
    /// Members that have received the messages already.
    apart: Vec<Arc<Member>>,
    /// The next position and the end position.
    next: usize,
    end: usize,
    /// Positions that were served early, because their members are leaving or about to be closed.
    early: Vec<u32>,
}

impl HandOut {
    /// The member at a position, if it receives the group and has not been served yet.
    fn receiver<'m>(
        &self,
        slots: &'m [Option<Arc<Member>>],
        position: usize,
    ) -> Option<&'m Arc<Member>> {
        let is_waiting =
            (self.next..self.end).contains(&position) && !self.early.contains(&(position as u32));
        slots[position].as_ref().filter(|member| {
            is_waiting
                && Some(member.id()) != self.except
                && !self.apart.iter().any(|other| Arc::ptr_eq(other, member))
        })
    }
}

impl Members {
    /// Keeps positions fixed until [`unpin`](Self::unpin), for a caller that goes through them.
    pub(super) fn pin(&mut self) {
        self.pinned.get_or_insert_default().pins += 1;
    }

    /// Pins positions, and begins to hand out a group. Only one group is handed out at a time, because the
    /// lock of `order` is held throughout.
    pub(super) fn begin_hand_out(
        &mut self,
        frames: Frames,
        except: Option<SocketId>,
        apart: Vec<Arc<Member>>,
    ) {
        self.pin();
        let end = self.slots.len();
        if let Some(pinned) = &mut self.pinned {
            pinned.hand_out = Some(HandOut {
                frames,
                except,
                apart,
                next: 0,
                end,
                early: Vec::new(),
            });
        }
    }

    /// Delivers the group that is being handed out, if there is one, to the member at a position. Does
    /// nothing if that member has been served already.
    pub(super) fn serve(&mut self, position: usize) -> Deferred {
        let Self { slots, pinned, .. } = self;
        let hand_out = pinned.as_mut().and_then(|pinned| pinned.hand_out.as_mut());
        if let Some(hand_out) = hand_out
            && let Some(member) = hand_out.receiver(slots, position)
        {
            hand_out.early.push(position as u32);
            return member.deliver(&hand_out.frames, false);
        }
        Deferred::default()
    }

    /// Delivers the group to the members before a position, and writes it at once if `through` is set.
    pub(super) fn serve_up_to(&mut self, stop: usize, through: bool, after: &mut After) {
        if let Some(pinned) = &mut self.pinned
            && let Some(hand_out) = &mut pinned.hand_out
        {
            for position in hand_out.next..stop {
                if let Some(member) = hand_out.receiver(&self.slots, position) {
                    after.defer(member, member.deliver(&hand_out.frames, through));
                }
            }
            hand_out.next = stop;
        }
    }

    /// Ends handing out a group. Returns the members that were apart, to be dropped without a lock.
    pub(super) fn end_hand_out(&mut self) -> Vec<Arc<Member>> {
        let hand_out = self
            .pinned
            .as_mut()
            .and_then(|pinned| pinned.hand_out.take());
        self.unpin();
        hand_out.map(|hand_out| hand_out.apart).unwrap_or_default()
    }

    /// Undoes one `pin`. The last call closes the holes of members that have left.
    pub(super) fn unpin(&mut self) {
        let Some(pinned) = &mut self.pinned else {
            return;
        };
        pinned.pins -= 1;
        if pinned.pins > 0 {
            return;
        }
        let mut holes = std::mem::take(&mut pinned.holes);
        self.pinned = None;
        // From the back, so that the slot that is moved into a hole is never a hole itself.
        holes.sort_unstable();
        for hole in holes.into_iter().rev() {
            self.close_gap(hole as usize);
        }
    }

    pub(super) fn position(&self, member: &Member) -> Option<usize> {
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

    pub(super) fn add(&mut self, member: Arc<Member>) {
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

    pub(super) fn remove(&mut self, position: usize) -> Option<Arc<Member>> {
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
