//! What a queue and a batch are made of: a list that costs nothing while it has one item or none.

use super::chunk;
use crate::{
    frame::{Encoded, Head, encoded_frames},
    memory::{self, Charge},
};
use bytes::Bytes;
use std::{collections::VecDeque, sync::Arc};

#[derive(Debug)]
pub(super) enum Item {
    /// Whole frames, one after the other.
    Chunk(Vec<u8>),
    /// Boxed, since it would make every item twice as large.
    Large(Box<Large>),
    Shared(Arc<Encoded>),
}

impl Item {
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

    /// Where the last Ping or Pong in it ends: small frames are in chunks.
    pub(super) fn last_control(&self) -> Option<usize> {
        let Self::Chunk(bytes) = self else {
            return None;
        };
        let controls = encoded_frames(bytes).filter(|(is_control, _)| *is_control);
        controls.map(|(_, end)| end).last()
    }

    /// Bytes of memory that are counted here. Large and shared messages count for themselves.
    fn held(&self) -> usize {
        match self {
            Self::Chunk(bytes) => bytes.capacity(),
            Self::Large(_) | Self::Shared(_) => 0,
        }
    }

    /// What it costs beside its bytes. A shared message costs its allocation, its place in the queue, and
    /// what the allocator rounds up: 94 bytes for one of a single byte (measured).
    pub(super) fn surcharge(&self) -> usize {
        const LEAST: usize = 96;
        match self {
            Self::Shared(encoded) => LEAST.saturating_sub(encoded.len()),
            // The rest of a chunk is used by what follows, and a large message is large.
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
        // Bytes that others have as well, or that are static, are not this connection's.
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

/// Items in order. Empty, they own no memory.
#[derive(Debug, Default)]
pub(super) struct Items {
    /// The front. It stands apart so that one item, the usual case, needs no allocation.
    first: Option<Item>,
    /// What is behind it, while there is anything. Most connections never have a second item, and are
    /// smaller for the box.
    rest: Option<Box<Rest>>,
}

#[derive(Debug)]
struct Rest {
    items: VecDeque<Item>,
    /// Of all of them.
    surcharge: usize,
    /// The list itself.
    charge: Charge,
}

/// A burst of so many items behind the first is one allocation.
const BURST: usize = 15;

impl Items {
    pub(super) fn len(&self) -> usize {
        let rest = self.rest.as_ref().map_or(0, |rest| rest.items.len());
        usize::from(self.first.is_some()) + rest
    }

    /// What all of them cost beside their bytes.
    pub(super) fn surcharge(&self) -> usize {
        let rest = self.rest.as_ref().map_or(0, |rest| rest.surcharge);
        self.first.as_ref().map_or(0, Item::surcharge) + rest
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Item> {
        self.first
            .iter()
            .chain(self.rest.iter().flat_map(|rest| rest.items.iter()))
    }

    /// Appends to the last item if that is a chunk which is full at `full` bytes, and has room.
    pub(super) fn append(&mut self, parts: [&[u8]; 2], full: usize) -> bool {
        let rest = self.rest.as_mut().and_then(|rest| rest.items.back_mut());
        let Some(Item::Chunk(tail)) = rest.or(self.first.as_mut()) else {
            return false;
        };
        let length = tail.len() + parts[0].len() + parts[1].len();
        if length > full {
            return false;
        }
        let before = tail.capacity();
        if length > before {
            // It may stay for long: it doubles, but does not get larger than it may be filled.
            tail.reserve_exact(length.max(full.min(2 * before)) - tail.len());
        }
        parts.iter().for_each(|part| tail.extend_from_slice(part));
        memory::resized(before, tail.capacity());
        true
    }

    pub(super) fn push_back(&mut self, item: Item) {
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

    pub(super) fn push_front(&mut self, item: Item) {
        memory::add(item.held());
        if let Some(second) = self.first.replace(item) {
            let rest = self.rest();
            rest.surcharge += second.surcharge();
            rest.items.push_front(second);
            rest.charge();
        }
    }

    pub(super) fn pop_front(&mut self) -> Option<Item> {
        let front = self.first.take()?;
        memory::sub(front.held());
        if let Some(rest) = &mut self.rest {
            let second = rest.items.pop_front();
            self.first = rest.without(second);
            self.forget_empty();
        }
        Some(front)
    }

    pub(super) fn pop_back(&mut self) -> Option<Item> {
        let back = match &mut self.rest {
            None => self.first.take(),
            Some(rest) => {
                let back = rest.items.pop_back();
                rest.without(back)
            }
        };
        memory::sub(back.as_ref().map_or(0, Item::held));
        self.forget_empty();
        back
    }

    /// Takes out the first shared message at `from` or behind it, and leaves its place in `from`. The
    /// others are not touched: a socket may have a thousand of its own before it.
    pub(super) fn take_shared(&mut self, from: &mut usize) -> Option<Arc<Encoded>> {
        let is_shared = |item: &Item| matches!(item, Item::Shared(_));
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
            Some(Item::Shared(encoded)) => Some(encoded),
            // It was just found there.
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

    /// A backlog is over: a connection that is idle now keeps nothing of it.
    fn forget_empty(&mut self) {
        self.rest.take_if(|rest| rest.items.is_empty());
    }
}

impl Rest {
    /// Counts the room of the list, which may have grown.
    fn charge(&mut self) {
        self.charge.set(self.items.capacity() * size_of::<Item>());
    }

    /// Counts what was taken out.
    fn without(&mut self, item: Option<Item>) -> Option<Item> {
        self.surcharge -= item.as_ref().map_or(0, Item::surcharge);
        item
    }
}

/// Chunks go back to the thread's pool.
impl Drop for Items {
    fn drop(&mut self) {
        while let Some(item) = self.pop_front() {
            if let Item::Chunk(chunk) = item {
                chunk::give_back(chunk);
            }
        }
    }
}
