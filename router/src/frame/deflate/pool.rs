//! Compressors without a history, shared by all connections.
//!
//! A compressor is some 400 KB. There are as many as threads can use at a time, not one a thread
//! (a publisher's thread may never compress again) and not one a connection.

use super::compress::Compressor;
use parking_lot::Mutex;
use std::{sync::LazyLock, thread::available_parallelism};

/// zlib's usual memory, whatever the window.
const MEMORY: i32 = 8;

struct Pooled {
    bits: u8,
    level: u8,
    compressor: Box<Compressor>,
}

static POOL: Mutex<Vec<Pooled>> = Mutex::new(Vec::new());

/// One more than threads that run at a time.
static CAPACITY: LazyLock<usize> =
    LazyLock::new(|| available_parallelism().map_or(1, usize::from) + 1);

/// Compresses a message that refers to none before it, for a window of `bits`. `None` if that
/// would not make it smaller.
pub(crate) fn compress(payload: &[u8], bits: u8, level: u8) -> Option<Vec<u8>> {
    if payload.is_empty() {
        return None;
    }
    // A message that fits the window can't reach beyond it.
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
    // The one that was not used for longest makes room.
    let oldest = (pool.len() >= *CAPACITY).then(|| pool.remove(0));
    pool.push(pooled);
    drop(pool);
    drop(oldest);
}
