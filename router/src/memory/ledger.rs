//! A count that many threads change at the same time. This file is also compiled into a model checker's
//! tests, with the checker's atomics. Mutants of this file are compiled there as well, and each of them must
//! fail.

use super::sync::{AtomicIsize, Relaxed};

/// Threads beyond this number share a shard, and its cache line.
pub(super) const SHARDS: usize = 32;

/// A shard keeps fewer than this number of bytes back from the total. Most bytes held for a message are given
/// back by the same thread a moment later and never reach the total.
pub(crate) const BATCH: usize = 64 * 1024;

/// A count of bytes and its limit.
///
/// `held` is exact while no thread changes the count. The limit is compared with the total of the bytes that
/// the shards have handed over, which is off by less than [`BATCH`] per shard.
pub(crate) struct Ledger {
    // The fields are visible to the parent module, which creates the ledger: a `const fn new` could not
    // create the model checker's atomics.
    pub(super) shards: [Shard; SHARDS],
    pub(super) total: AtomicIsize,
    pub(super) limit: AtomicIsize,
}

/// A part of the count. It shares neither its cache line nor the neighboring line, which the processor
/// fetches together with it.
#[repr(align(128))]
pub(super) struct Shard(pub(super) AtomicIsize);

impl Ledger {
    pub(crate) fn set_limit(&self, bytes: usize) {
        let bytes = isize::try_from(bytes).unwrap_or(isize::MAX);
        self.limit.store(bytes, Relaxed);
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit.load(Relaxed) as usize
    }

    /// Adds a positive or negative number of bytes. Returns whether this change has updated the total and the
    /// total then exceeds the limit. A caller that reacts to each `true` misses no excess.
    pub(crate) fn add_signed(&self, shard: usize, bytes: isize) -> bool {
        let shard = &self.shards[shard % SHARDS].0;
        let kept = shard.fetch_add(bytes, Relaxed) + bytes;
        if kept.unsigned_abs() < BATCH {
            return false;
        }
        // Swapped, not subtracted: otherwise two threads of one shard would hand the same bytes over twice.
        let moved = shard.swap(0, Relaxed);
        let total = self.total.fetch_add(moved, Relaxed) + moved;
        total > self.limit.load(Relaxed)
    }

    /// Whether the limit is exceeded.
    pub(crate) fn is_full(&self) -> bool {
        self.total.load(Relaxed) > self.limit.load(Relaxed)
    }

    /// The number of bytes that are counted.
    pub(crate) fn held(&self) -> usize {
        let kept: isize = self.shards.iter().map(|shard| shard.0.load(Relaxed)).sum();
        let held = self.total.load(Relaxed) + kept;
        // Negative only while bytes are on their way from a shard to the total.
        usize::try_from(held).unwrap_or(0)
    }
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
