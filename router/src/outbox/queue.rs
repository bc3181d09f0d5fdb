//! Frames in order. Nothing here knows of locks, wake-ups or outcomes.

use super::chunk;
use crate::frame::{Encoded, Head, Opcode};
use bytes::Bytes;
use smallvec::SmallVec;
use std::{collections::VecDeque, io::IoSlice, mem, sync::Arc};

/// From this size on a message is queued as it is, instead of being copied into the cork.
pub(crate) const LARGE: usize = chunk::CHUNK;

/// A batch holds at most this many slices and, but for its last item, this many bytes: what one
/// writer keeps from the others while it is in the kernel.
const BATCH_SLICES: usize = 64;
const BATCH_BYTES: usize = 256 * 1024;

/// What is offered to a queue.
#[derive(Debug)]
pub(crate) enum Frame<'a> {
    /// A message that is copied to the queue's tail.
    Small(Head, &'a [u8]),
    /// The last frame. Answers that wait go before it (RFC 6455 §5.5.1: nothing goes after).
    Close(&'a [u8]),
    /// A Ping or Pong: like `Small`, but a blocked queue keeps only the newest of each.
    Control(Opcode, &'a [u8]),
    /// A message of [`LARGE`] bytes or more that is there to be kept.
    Large(Head, Bytes),
    /// Is shared with the queues of others.
    Shared(Arc<Encoded>),
}

/// A frame that made room for another.
pub(super) type Displaced = Arc<Encoded>;

impl Frame<'_> {
    /// Whether it moves the peer's window on, and the connection's own compressor did not make it.
    pub(super) fn moves_window(&self) -> bool {
        matches!(self, Self::Shared(encoded) if encoded.is_compressed())
    }
}

#[derive(Debug)]
enum Item {
    /// Whole frames, one after the other.
    Chunk(Vec<u8>),
    /// Boxed, since it would make every item twice as large.
    Large(Box<(Head, Bytes)>),
    Shared(Arc<Encoded>),
}

impl Item {
    fn parts(&self) -> [&[u8]; 2] {
        match self {
            Self::Chunk(bytes) => [bytes, &[]],
            Self::Large(large) => [&large.0, &large.1],
            Self::Shared(encoded) => encoded.parts(),
        }
    }

    fn len(&self) -> usize {
        let [a, b] = self.parts();
        a.len() + b.len()
    }
}

/// A connection's outgoing frames. Empty, it owns no memory beside itself but what a backlog left.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// The front. It stands apart so that one item, the usual case, needs no allocation.
    first: Option<Item>,
    /// What is behind it, while there is anything.
    #[allow(
        clippy::box_collection,
        reason = "most connections never have a second item, and are smaller for it"
    )]
    rest: Option<Box<VecDeque<Item>>>,
    /// Bytes of the front that were written already.
    offset: usize,
    /// Bytes of all items and slots that are not written yet.
    bytes: usize,
    /// Control frames that came while the connection was blocked: the newest of each kind.
    slots: Option<Box<Slots>>,
}

#[derive(Debug, Default)]
struct Slots {
    ping: Vec<u8>,
    pong: Vec<u8>,
}

impl Queue {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Appends a frame. A blocked queue keeps frames for long: its buffers are cut to measure.
    pub(super) fn push(&mut self, frame: Frame<'_>, blocked: bool) {
        let item = match frame {
            Frame::Control(opcode, payload) if blocked => {
                return self.replace_control(opcode, payload);
            }
            Frame::Close(payload) => {
                if let Some(slots) = self.slots.take() {
                    // Their bytes are counted already.
                    self.push_item(Item::Chunk([slots.pong, slots.ping].concat()));
                }
                return self.append(Head::new(Opcode::Close, payload.len()), payload, blocked);
            }
            Frame::Small(head, payload) => return self.append(head, payload, blocked),
            Frame::Control(opcode, payload) => {
                return self.append(Head::new(opcode, payload.len()), payload, blocked);
            }
            Frame::Large(head, payload) => Item::Large(Box::new((head, payload))),
            Frame::Shared(encoded) => Item::Shared(encoded),
        };
        self.bytes += item.len();
        self.push_item(item);
    }

    /// Puts a Ping or Pong where it costs no more memory than the last one: a peer that sends
    /// pings and never reads gets one answer, the newest (RFC 6455 §5.5.3 allows that).
    fn replace_control(&mut self, opcode: Opcode, payload: &[u8]) {
        let slots = self.slots.get_or_insert_default();
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
    }

    /// Moves the front of the queue out, so that it can be written without the lock.
    pub(super) fn take_batch(&mut self) -> Batch {
        let mut batch = Batch {
            items: SmallVec::new(),
            offset: mem::take(&mut self.offset),
            len: 0,
        };
        // Control frames go in at the first frame boundary: before the front, or behind it if
        // some of it is on the wire already.
        let controls = self
            .slots
            .take()
            .map(|slots| [slots.pong, slots.ping].concat());
        let mut controls = controls.map(Item::Chunk);
        if batch.offset == 0 {
            batch.items.extend(controls.take());
        }
        let mut bytes = 0;
        while 2 * batch.items.len() + 2 < BATCH_SLICES
            && bytes < BATCH_BYTES
            && let Some(item) = self.pop()
        {
            bytes += item.len();
            batch.items.push(item);
            batch.items.extend(controls.take());
        }
        batch.len = batch.items.iter().map(Item::len).sum::<usize>() - batch.offset;
        self.bytes -= batch.len;
        batch
    }

    /// Takes out shared frames, the oldest first, until at most `limit` bytes wait or none is left.
    /// One that is on the wire in part stays.
    pub(super) fn displace(&mut self, limit: usize) -> Vec<Displaced> {
        let mut displaced = Vec::new();
        let mut own = Vec::new();
        let mut started = self.offset > 0;
        while self.bytes > limit
            && let Some(item) = self.pop()
        {
            match item {
                Item::Shared(encoded) if !started => {
                    self.bytes -= encoded.len();
                    displaced.push(encoded);
                }
                item => own.push(item),
            }
            started = false;
        }
        for item in own.into_iter().rev() {
            self.push_front(item);
        }
        displaced
    }

    /// Returns what the kernel did not take to the front.
    ///
    /// What it took stays in the batch, for the caller to drop.
    pub(super) fn put_back(&mut self, batch: &mut Batch, written: usize) {
        self.bytes += batch.len - written;
        let mut skip = batch.offset + written;
        let mut gone = 0;
        while let Some(item) = batch.items.get(gone)
            && skip >= item.len()
        {
            skip -= item.len();
            gone += 1;
        }
        self.offset = skip;
        for mut item in batch.items.drain(gone..).rev() {
            if let Item::Chunk(bytes) = &mut item {
                // It stays for as long as the client is slow.
                bytes.shrink_to_fit();
            }
            self.push_front(item);
        }
    }

    fn append(&mut self, head: Head, payload: &[u8], blocked: bool) {
        let len = head.len() + payload.len();
        self.bytes += len;
        let room = |tail: &Vec<u8>| tail.len() + len <= chunk::CHUNK;
        match self
            .rest
            .as_mut()
            .and_then(|rest| rest.back_mut())
            .or(self.first.as_mut())
        {
            Some(Item::Chunk(tail)) if room(tail) => {
                tail.extend_from_slice(&head);
                tail.extend_from_slice(payload);
            }
            _ => {
                let mut chunk = if blocked {
                    Vec::with_capacity(len)
                } else {
                    chunk::take()
                };
                chunk.reserve(len);
                chunk.extend_from_slice(&head);
                chunk.extend_from_slice(payload);
                self.push_item(Item::Chunk(chunk));
            }
        }
    }

    fn push_item(&mut self, item: Item) {
        if self.first.is_none() {
            self.first = Some(item);
        } else {
            self.rest.get_or_insert_default().push_back(item);
        }
    }

    fn push_front(&mut self, item: Item) {
        if let Some(second) = self.first.replace(item) {
            self.rest.get_or_insert_default().push_front(second);
        }
    }

    fn pop(&mut self) -> Option<Item> {
        let front = self.first.take()?;
        if let Some(rest) = &mut self.rest {
            self.first = rest.pop_front();
            if rest.is_empty() {
                // A backlog is over: a connection that is idle now keeps nothing of it.
                self.rest = None;
            }
        }
        Some(front)
    }
}

/// Items on their way to the kernel.
#[derive(Debug)]
pub(crate) struct Batch {
    items: SmallVec<[Item; 2]>,
    /// Bytes of the first item that were written before.
    offset: usize,
    len: usize,
}

impl Batch {
    /// Bytes to write.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Lends the bytes to write, at most [`BATCH_SLICES`] slices of them.
    pub(crate) fn with_slices<T>(&self, write: impl FnOnce(&[IoSlice<'_>]) -> T) -> T {
        let mut slices: SmallVec<[IoSlice<'_>; BATCH_SLICES]> = SmallVec::new();
        let mut skip = self.offset;
        for part in self.items.iter().flat_map(Item::parts) {
            let skipped = skip.min(part.len());
            skip -= skipped;
            if skipped < part.len() {
                slices.push(IoSlice::new(&part[skipped..]));
            }
        }
        write(&slices)
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        for item in self.items.drain(..) {
            if let Item::Chunk(chunk) = item {
                chunk::give_back(chunk);
            }
        }
    }
}

#[cfg(test)]
#[path = "queue_tests.rs"]
mod tests;
