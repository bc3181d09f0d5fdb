//! Compressors without a history, shared by all connections.
//!
//! A compressor takes about 400 KB, so all connections share the compressors of the pool. All threads share
//! them as well: a compressor of a single thread would waste memory if the thread published only once. The
//! pool keeps one compressor more than there are processors.

use super::compress::Compressor;
use parking_lot::Mutex;
use std::{sync::LazyLock, thread::available_parallelism};

/// zlib's usual memory level, for every window.
const MEMORY: i32 = 8;

struct Pooled {
    bits: u8,
    level: u8,
    compressor: Box<Compressor>,
}

static POOL: Mutex<Vec<Pooled>> = Mutex::new(Vec::new());

/// One more than the number of threads that can run at a time.
static CAPACITY: LazyLock<usize> =
    LazyLock::new(|| available_parallelism().map_or(1, usize::from) + 1);

/// Compresses a message that does not refer to earlier ones, for a window of `bits`. Returns `None`
/// if the result would not be smaller.
pub(crate) fn compress(payload: &[u8], bits: u8, level: u8) -> Option<Vec<u8>> {
    if payload.is_empty() {
        return None;
    }
    // A message that fits in the window cannot refer back beyond it: any larger window will do.
    let bits = if payload.len() <= 1 << bits {
        super::MAX_BITS
    } else {
        bits
    };
    let mut pooled = take(bits, level);
    let mut out = Vec::new();
    let smaller = pooled.compressor.compress(payload, &mut out);
    pooled.compressor.reset();
    give_back(pooled);
    smaller.then_some(out)
}

fn take(bits: u8, level: u8) -> Pooled {
    let mut pool = POOL.lock();
    let found = pool
        .iter()
        .rposition(|pooled| pooled.bits == bits && pooled.level == level)
        .map(|position| pool.remove(position));
    drop(pool);
    found.unwrap_or_else(|| Pooled {
        bits,
        level,
        compressor: Box::new(Compressor::new(bits, MEMORY, level)),
    })
}

fn give_back(pooled: Pooled) {
    let mut pool = POOL.lock();
    // A full pool drops the compressor that has been unused for the longest time.
    let oldest = (pool.len() >= *CAPACITY).then(|| pool.remove(0));
    pool.push(pooled);
    drop(pool);
    drop(oldest);
}
