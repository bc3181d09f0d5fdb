//! What a queue and a batch are made of: a list that costs nothing while it has one item or none.

use super::chunk;
use crate::frame::{Encoded, Head};
use bytes::Bytes;
use std::{collections::VecDeque, sync::Arc};

#[derive(Debug)]
pub(super) enum Item {
    /// Whole frames, one after the other.
    Chunk(Vec<u8>),
    /// Boxed, since it would make every item twice as large.
    Large(Box<(Head, Bytes)>),
    Shared(Arc<Encoded>),
}

impl Item {
    pub(super) fn parts(&self) -> [&[u8]; 2] {
        match self {
            Self::Chunk(bytes) => [bytes, &[]],
            Self::Large(large) => [&large.0, &large.1],
            Self::Shared(encoded) => encoded.parts(),
        }
    }

    pub(super) fn len(&self) -> usize {
        let [a, b] = self.parts();
        a.len() + b.len()
    }
}

impl Item {
    /// What the item costs beside its bytes.
    pub(super) fn surcharge(&self) -> usize {
        match self {
            Self::Shared(encoded) => surcharge(encoded),
            // The rest of a chunk is used by what follows, and a large message is large.
            Self::Chunk(_) | Self::Large(_) => 0,
        }
    }
}

/// A shared message costs its allocation, its place in the queue, and what the allocator rounds up:
/// 94 bytes for one of a single byte (measured).
pub(super) fn surcharge(encoded: &Encoded) -> usize {
    const LEAST: usize = 96;
    LEAST.saturating_sub(encoded.len())
}

/// Items in order. Empty, they own no memory.
#[derive(Debug, Default)]
pub(super) struct Items {
    /// The front. It stands apart so that one item, the usual case, needs no allocation.
    first: Option<Item>,
    /// What is behind it, while there is anything.
    #[allow(
        clippy::box_collection,
        reason = "most connections never have a second item, and are smaller for it"
    )]
    rest: Option<Box<VecDeque<Item>>>,
}

/// A burst of so many items behind the first is one allocation.
const BURST: usize = 15;

impl Items {
    pub(super) fn len(&self) -> usize {
        let rest = self.rest.as_ref().map_or(0, |rest| rest.len());
        usize::from(self.first.is_some()) + rest
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Item> {
        self.first
            .iter()
            .chain(self.rest.iter().flat_map(|rest| rest.iter()))
    }

    pub(super) fn back_mut(&mut self) -> Option<&mut Item> {
        let rest = self.rest.as_mut().and_then(|rest| rest.back_mut());
        rest.or(self.first.as_mut())
    }

    pub(super) fn push_back(&mut self, item: Item) {
        if self.first.is_none() {
            self.first = Some(item);
        } else {
            self.rest().push_back(item);
        }
    }

    pub(super) fn push_front(&mut self, item: Item) {
        if let Some(second) = self.first.replace(item) {
            self.rest().push_front(second);
        }
    }

    pub(super) fn pop_front(&mut self) -> Option<Item> {
        let front = self.first.take()?;
        if let Some(rest) = &mut self.rest {
            self.first = rest.pop_front();
            self.forget_empty();
        }
        Some(front)
    }

    pub(super) fn pop_back(&mut self) -> Option<Item> {
        let Some(rest) = &mut self.rest else {
            return self.first.take();
        };
        let back = rest.pop_back();
        self.forget_empty();
        back
    }

    #[cfg(test)]
    pub(super) fn owns_nothing(&self) -> bool {
        self.first.is_none() && self.rest.is_none()
    }

    fn rest(&mut self) -> &mut VecDeque<Item> {
        self.rest
            .get_or_insert_with(|| Box::new(VecDeque::with_capacity(BURST)))
    }

    /// A backlog is over: a connection that is idle now keeps nothing of it.
    fn forget_empty(&mut self) {
        self.rest.take_if(|rest| rest.is_empty());
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
