//! Frames in order. This file is independent of locks, wake-ups and results of `send`.

pub(super) use super::frames::Frames;
use super::{
    chunk,
    items::{Items, Large, QueuedItem},
};
use crate::{
    frame::{Encoded, Head, Opcode},
    memory::Charge,
};
use bytes::Bytes;
use smallvec::SmallVec;
use std::{io::IoSlice, mem, sync::Arc};

/// An owned message of at least this number of bytes is queued as it is, instead of being copied into the
/// cork.
pub(crate) const LARGE_FRAME_BYTES: usize = chunk::CHUNK_BYTES;

/// A batch holds at most this many slices, and at most `BATCH_BYTES` bytes before its last item. These limits
/// bound the data that is out of the queue while one writer is in a system call.
const BATCH_SLICES: usize = 64;
/// An item has up to two slices, and control frames may be added.
const BATCH_ITEMS: usize = BATCH_SLICES / 2 - 1;
const BATCH_BYTES: usize = 256 * 1024;

/// A frame for a queue.
#[derive(Debug)]
pub(crate) enum Frame<'a> {
    /// A message that is copied to the queue's tail.
    Small(Head, &'a [u8]),
    /// The last frame. Waiting control frames are sent before it (RFC 6455 §5.5.1: nothing is sent after it).
    Close(&'a [u8]),
    /// A Ping or Pong. It is queued like `Small`, except that a blocked queue keeps only the newest Ping and
    /// the newest Pong.
    Control(Opcode, &'a [u8]),
    /// An owned message of [`LARGE_FRAME_BYTES`] bytes or more, which is queued without a copy.
    Large(Head, Bytes),
    /// A frame that is shared with the queues of other connections.
    Shared(Arc<Encoded>),
}

/// A frame that was removed to make room for another.
pub(super) type Displaced = Arc<Encoded>;

impl Frame<'_> {
    /// Whether the frame advances the peer's compression window without having been made by the connection's
    /// own compressor.
    pub(super) fn moves_window(&self) -> bool {
        matches!(self, Self::Shared(encoded) if encoded.is_compressed())
    }
}

/// A connection's outgoing frames. An empty queue owns no allocation.
#[derive(Debug, Default)]
pub(super) struct Queue {
    items: Items,
    /// Bytes of the front item that have been written already.
    offset: usize,
    /// Bytes of all items and slots that have not been written yet.
    bytes: usize,
    /// Control frames that were queued while the connection was blocked: the newest of each kind.
    slots: Option<Box<Slots>>,
}

#[derive(Debug, Default)]
struct Slots {
    ping: Vec<u8>,
    pong: Vec<u8>,
    /// The number of bytes, from the start of the front item, that must be sent before the slots. These bytes
    /// end with the last Ping or Pong that was queued earlier; 0 if there is none.
    behind: usize,
    charge: Charge,
}

impl Slots {
    /// Counts the memory of both frames.
    fn charge(&mut self) {
        let bytes = self.ping.capacity() + self.pong.capacity();
        self.charge.set(size_of::<Self>() + bytes);
    }
}

impl Queue {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The memory that the queue costs. A backlog of tiny messages costs more than their bytes.
    pub(super) fn cost(&self) -> usize {
        self.bytes + self.items.surcharge()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Appends a frame. A blocked queue keeps frames for a long time, so its buffers are allocated at their
    /// exact size.
    pub(super) fn push(&mut self, frame: Frame<'_>, blocked: bool) {
        let item = match frame {
            Frame::Control(opcode, payload) if blocked => {
                return self.replace_control(opcode, payload);
            }
            Frame::Close(payload) => {
                if let Some(slots) = self.slots.take() {
                    // The bytes of the slots are counted already.
                    self.items
                        .push_back(QueuedItem::Chunk([slots.pong, slots.ping].concat()));
                }
                return self.append(Head::new(Opcode::Close, payload.len()), payload, blocked);
            }
            Frame::Small(head, payload) => return self.append(head, payload, blocked),
            Frame::Control(opcode, payload) => {
                return self.append(Head::new(opcode, payload.len()), payload, blocked);
            }
            Frame::Large(head, payload) => QueuedItem::Large(Box::new(Large::new(head, payload))),
            Frame::Shared(encoded) => QueuedItem::Shared(encoded),
        };
        self.bytes += item.len();
        self.items.push_back(item);
    }

    /// Appends published messages: as separate items if they may be displaced one by one, and otherwise as
    /// one item.
    pub(super) fn push_frames(&mut self, frames: &Frames, separately: bool) {
        for item in frames.items(separately) {
            self.bytes += item.len();
            self.items.push_back(QueuedItem::Shared(item.clone()));
        }
    }

    /// Stores a Ping or Pong in place of the previous frame of its kind, so that more of them take no more
    /// memory. A peer that sends Pings and never reads gets one answer, the newest (RFC 6455 §5.5.3 allows
    /// that).
    fn replace_control(&mut self, opcode: Opcode, payload: &[u8]) {
        let slots = match &mut self.slots {
            Some(slots) => slots,
            none => none.insert(Box::new(Slots {
                behind: last_control(&self.items, self.offset),
                ..Slots::default()
            })),
        };
        let slot = if opcode == Opcode::Ping {
            &mut slots.ping
        } else {
            &mut slots.pong
        };
        self.bytes -= slot.len();
        slot.clear();
        slot.extend_from_slice(&Head::new(opcode, payload.len()));
        slot.extend_from_slice(payload);
        self.bytes += slot.len();
        slots.charge();
    }

    /// Removes a batch from the front of the queue, so that it can be written without the lock.
    pub(super) fn take_batch(&mut self) -> Batch {
        let offset = mem::take(&mut self.offset);
        if self.slots.is_none() && self.bytes <= BATCH_BYTES && self.items.len() <= BATCH_ITEMS {
            return Batch {
                items: mem::take(&mut self.items),
                offset,
                len: mem::take(&mut self.bytes),
            };
        }
        let mut items = Items::default();
        // Control frames are inserted at the first possible item boundary: before the front item, or behind
        // it if part of it is on the wire already; and behind older control frames.
        let mut first = self.slots.as_ref().map_or(0, |slots| slots.behind);
        if offset > 0 {
            first = first.max(offset + 1);
        }
        let mut bytes = 0;
        while bytes < BATCH_BYTES && items.len() < BATCH_ITEMS {
            let place = |_: &mut _| bytes >= first || self.items.len() == 0;
            let item = match self.slots.take_if(place) {
                Some(slots) => Some(QueuedItem::Chunk([slots.pong, slots.ping].concat())),
                None => self.items.pop_front(),
            };
            let Some(item) = item else { break };
            bytes += item.len();
            items.push_back(item);
        }
        let len = bytes - offset;
        self.bytes -= len;
        if let Some(slots) = &mut self.slots {
            slots.behind = slots.behind.saturating_sub(bytes);
        }
        Batch { items, offset, len }
    }

    /// Removes shared frames, the oldest first, until the queue costs at most `limit` or contains no more
    /// shared frames. A frame that is partly on the wire stays.
    pub(super) fn displace(&mut self, limit: usize) -> Vec<Displaced> {
        let mut displaced = Vec::new();
        let mut from = usize::from(self.offset > 0);
        while self.cost() > limit
            && let Some(encoded) = self.items.take_shared(&mut from)
        {
            self.bytes -= encoded.len();
            displaced.push(encoded);
        }
        if let Some(slots) = &mut self.slots
            && slots.behind > 0
        {
            // Some of the frames before the position of the control frames may have been removed.
            slots.behind = last_control(&self.items, self.offset);
        }
        displaced
    }

    /// Removes all items except a front item that is partly on the wire, which has to be finished before
    /// anything else can be sent. Removes nothing and returns `None` if the rest of that item is more than a
    /// quarter of all queued bytes.
    pub(super) fn cut(&mut self) -> Option<Items> {
        let front = self.items.iter().next().filter(|_| self.offset > 0);
        let front = front.map_or(0, |front| front.len() - self.offset);
        if 4 * front > self.bytes {
            return None;
        }
        let mut rest = mem::take(&mut self.items);
        if front > 0
            && let Some(front) = rest.pop_front()
        {
            self.items.push_back(front);
        }
        self.slots = None;
        self.bytes = front;
        Some(rest)
    }

    /// Puts the rest of a batch back at the front of the queue, after the kernel took only `written` bytes.
    ///
    /// The items that the kernel took stay in the batch, for the caller to drop.
    pub(super) fn put_back(&mut self, batch: &mut Batch, written: usize) {
        let mut left = batch.len - written;
        self.bytes += left;
        let mut returned = 0;
        // Where the last Ping or Pong of the returned items ends, in bytes from their end.
        let mut control = None;
        while left > 0
            && let Some(mut item) = batch.items.pop_back()
        {
            if control.is_none() && self.slots.is_some() {
                let end = item.last_control();
                control = end.map(|end| returned + item.len() - end);
            }
            returned += item.len();
            self.offset = item.len().saturating_sub(left);
            left = left.saturating_sub(item.len());
            if let QueuedItem::Chunk(bytes) = &mut item {
                // The chunk stays for as long as the client is slow.
                bytes.shrink_to_fit();
            }
            self.items.push_front(item);
        }
        if let Some(slots) = &mut self.slots {
            let last = match (slots.behind, control) {
                (0, None) => 0,
                (0, Some(from_end)) => returned - from_end,
                (behind, _) => behind + returned,
            };
            slots.behind = if last > self.offset { last } else { 0 };
        }
    }

    fn append(&mut self, head: Head, payload: &[u8], blocked: bool) {
        let len = head.len() + payload.len();
        self.bytes += len;
        if self.items.append([&head, payload], chunk::CHUNK_BYTES) {
            return;
        }
        let mut chunk = if blocked {
            Vec::with_capacity(len)
        } else {
            chunk::take()
        };
        chunk.reserve(len);
        chunk.extend_from_slice(&head);
        chunk.extend_from_slice(payload);
        self.items.push_back(QueuedItem::Chunk(chunk));
    }
}

/// The end of the last Ping or Pong that is not on the wire yet, in bytes from the start of the front item; 0
/// if there is none. A newer control frame must not overtake that Ping or Pong.
fn last_control(items: &Items, offset: usize) -> usize {
    let (mut last, mut start) = (0, 0);
    for item in items.iter() {
        last = item.last_control().map_or(last, |end| start + end);
        start += item.len();
    }
    if last > offset { last } else { 0 }
}

/// Items on their way to the kernel.
#[derive(Debug)]
pub(crate) struct Batch {
    items: Items,
    /// Bytes of the first item that were written earlier.
    offset: usize,
    len: usize,
}

impl Batch {
    /// A batch of frames that were never queued.
    pub(super) fn of(frames: &Frames, separately: bool) -> Self {
        let mut items = Items::default();
        for item in frames.items(separately) {
            items.push_back(QueuedItem::Shared(item.clone()));
        }
        Self {
            items,
            offset: 0,
            len: frames.len(),
        }
    }

    /// The number of bytes to write.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Calls `write` with the bytes to write, as at most [`BATCH_SLICES`] slices.
    pub(crate) fn with_slices<T>(&self, write: impl FnOnce(&[IoSlice<'_>]) -> T) -> T {
        let mut slices: SmallVec<[IoSlice<'_>; BATCH_SLICES]> = SmallVec::new();
        let mut skip = self.offset;
        for part in self.items.iter().flat_map(QueuedItem::parts) {
            let skipped = skip.min(part.len());
            skip -= skipped;
            if skipped < part.len() {
                slices.push(IoSlice::new(&part[skipped..]));
            }
        }
        write(&slices)
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
