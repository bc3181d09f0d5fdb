//! The items of a queue or batch, in a list that allocates nothing for fewer than two items.

use super::chunk;
use crate::{
    frame::{Encoded, Head, encoded_frames},
    memory::{self, Charge},
};
use bytes::Bytes;
use std::{collections::VecDeque, sync::Arc};

#[derive(Debug)]
pub(super) enum QueuedItem {
    /// Whole frames, one after the other.
    Chunk(Vec<u8>),
    /// Boxed, because it would otherwise double the size of every item.
    Large(Box<Large>),
    Shared(Arc<Encoded>),
}

impl QueuedItem {
    pub(super) fn parts(&self) -> [&[u8]; 2] {
        match self {
            Self::Chunk(bytes) => [bytes, &[]],
            Self::Large(large) => [&large.head, &large.payload],
            Self::Shared(encoded) => encoded.parts(),
        }
    }

    pub(super) fn len(&self) -> usize {
        let [a, b] = self.parts();
        a.len() + b.len()
    }

    /// Where the last Ping or Pong in the item ends, in bytes from the start of the item. Only chunks contain
    /// Pings and Pongs.
    pub(super) fn last_control(&self) -> Option<usize> {
        let Self::Chunk(bytes) = self else {
            return None;
        };
        let controls = encoded_frames(bytes).filter(|(is_control, _)| *is_control);
        controls.map(|(_, end)| end).last()
    }

    /// Bytes of memory that the list counts for the item. Large and shared messages count their own memory.
    fn held(&self) -> usize {
        match self {
            Self::Chunk(bytes) => bytes.capacity(),
            Self::Large(_) | Self::Shared(_) => 0,
        }
    }

    /// The memory that the item costs in addition to its bytes. A shared message costs its allocation, its
    /// slot in the queue, and the allocator's rounding: 94 bytes for a message of a single byte (measured).
    pub(super) fn surcharge(&self) -> usize {
        const LEAST: usize = 96;
        match self {
            Self::Shared(encoded) => LEAST.saturating_sub(encoded.len()),
            // Later frames use the rest of a chunk, and the overhead of a large message is small beside its
            // bytes.
            Self::Chunk(_) | Self::Large(_) => 0,
        }
    }
}

#[derive(Debug)]
pub(super) struct Large {
    head: Head,
    payload: Bytes,
    _charge: Charge,
}

impl Large {
    pub(super) fn new(head: Head, payload: Bytes) -> Self {
        // Bytes that are shared with others, or static, do not count for this connection.
        let own = if payload.is_unique() {
            payload.len()
        } else {
            0
        };
        Self {
            head,
            payload,
            _charge: Charge::new(size_of::<Self>() + own),
        }
    }
}

/// A list of items in order. An empty list owns no memory.
#[derive(Debug, Default)]
pub(super) struct Items {
    /// The front item. It is stored outside the list so that one item, the usual case, needs no allocation.
    first: Option<QueuedItem>,
    /// The items behind the front, if there are any. Boxed to make a connection smaller, because most
    /// connections never have a second item.
    rest: Option<Box<Rest>>,
}

#[derive(Debug)]
struct Rest {
    items: VecDeque<QueuedItem>,
    /// The sum of the surcharges of `items`.
    surcharge: usize,
    /// Counts the memory of the list itself.
    charge: Charge,
}

/// The initial capacity of the list: a burst of this many items behind the first needs one allocation.
const BURST: usize = 15;

impl Items {
    pub(super) fn len(&self) -> usize {
        let rest = self.rest.as_ref().map_or(0, |rest| rest.items.len());
        usize::from(self.first.is_some()) + rest
    }

    /// The memory that all items cost in addition to their bytes.
    pub(super) fn surcharge(&self) -> usize {
        let rest = self.rest.as_ref().map_or(0, |rest| rest.surcharge);
        self.first.as_ref().map_or(0, QueuedItem::surcharge) + rest
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &QueuedItem> {
        self.first
            .iter()
            .chain(self.rest.iter().flat_map(|rest| rest.items.iter()))
    }

    /// Appends `parts` to the last item if that is a chunk which then has at most `full` bytes. Returns
    /// whether they were appended.
    pub(super) fn append(&mut self, parts: [&[u8]; 2], full: usize) -> bool {
        let rest = self.rest.as_mut().and_then(|rest| rest.items.back_mut());
        let Some(QueuedItem::Chunk(tail)) = rest.or(self.first.as_mut()) else {
            return false;
        };
        let length = tail.len() + parts[0].len() + parts[1].len();
        if length > full {
            return false;
        }
        let before = tail.capacity();
        if length > before {
            // The chunk may stay for a long time, so its capacity doubles without exceeding `full`.
            tail.reserve_exact(length.max(full.min(2 * before)) - tail.len());
        }
        parts.iter().for_each(|part| tail.extend_from_slice(part));
        memory::resized(before, tail.capacity());
        true
    }

    pub(super) fn push_back(&mut self, item: QueuedItem) {
        memory::add(item.held());
        if self.first.is_none() {
            self.first = Some(item);
        } else {
            let rest = self.rest();
            rest.surcharge += item.surcharge();
            rest.items.push_back(item);
            rest.charge();
        }
    }

    pub(super) fn push_front(&mut self, item: QueuedItem) {
        memory::add(item.held());
        if let Some(second) = self.first.replace(item) {
            let rest = self.rest();
            rest.surcharge += second.surcharge();
            rest.items.push_front(second);
            rest.charge();
        }
    }

    pub(super) fn pop_front(&mut self) -> Option<QueuedItem> {
        let front = self.first.take()?;
        memory::sub(front.held());
        if let Some(rest) = &mut self.rest {
            let second = rest.items.pop_front();
            self.first = rest.without(second);
            self.forget_empty();
        }
        Some(front)
    }

    pub(super) fn pop_back(&mut self) -> Option<QueuedItem> {
        let back = match &mut self.rest {
            None => self.first.take(),
            Some(rest) => {
                let back = rest.items.pop_back();
                rest.without(back)
            }
        };
        memory::sub(back.as_ref().map_or(0, QueuedItem::held));
        self.forget_empty();
        back
    }

    /// Removes the first shared message at or behind position `from`, and sets `from` to its position. The
    /// next search can start there. It then skips the items before that position, which may be a thousand
    /// messages of `send`.
    pub(super) fn take_shared(&mut self, from: &mut usize) -> Option<Arc<Encoded>> {
        let is_shared = |item: &QueuedItem| matches!(item, QueuedItem::Shared(_));
        *from += self.iter().skip(*from).position(is_shared)?;
        let item = match (from.checked_sub(1), &mut self.rest) {
            (Some(place), Some(rest)) => {
                let item = rest.items.remove(place);
                rest.without(item)
            }
            _ => self.pop_front(),
        };
        self.forget_empty();
        match item {
            Some(QueuedItem::Shared(encoded)) => Some(encoded),
            // Cannot happen: the item was found to be shared.
            _ => None,
        }
    }

    #[cfg(test)]
    pub(super) fn owns_nothing(&self) -> bool {
        self.first.is_none() && self.rest.is_none()
    }

    fn rest(&mut self) -> &mut Rest {
        self.rest.get_or_insert_with(|| {
            Box::new(Rest {
                items: VecDeque::with_capacity(BURST),
                surcharge: 0,
                charge: Charge::default(),
            })
        })
    }

    /// Frees the list when it is empty, so that an idle connection keeps no memory of an earlier backlog.
    fn forget_empty(&mut self) {
        self.rest.take_if(|rest| rest.items.is_empty());
    }
}

impl Rest {
    /// Counts the capacity of the list, which may have grown.
    fn charge(&mut self) {
        self.charge
            .set(self.items.capacity() * size_of::<QueuedItem>());
    }

    /// Subtracts the surcharge of an item that was removed.
    fn without(&mut self, item: Option<QueuedItem>) -> Option<QueuedItem> {
        self.surcharge -= item.as_ref().map_or(0, QueuedItem::surcharge);
        item
    }
}

/// Chunks go back to the thread's pool.
impl Drop for Items {
    fn drop(&mut self) {
        while let Some(item) = self.pop_front() {
            if let QueuedItem::Chunk(chunk) = item {
                chunk::give_back(chunk);
            }
        }
    }
}
