//! The buffers of the cork, the tail of a queue to which frames are appended. They are taken and
//! returned by value, so that no borrow of the thread's pool is held while other code runs.

use std::cell::RefCell;

/// The number of bytes at which a chunk is full. A message of at least this size is not appended to the cork.
/// It is queued without a copy if it is owned, and otherwise as a chunk of its own.
pub(super) const CHUNK_BYTES: usize = 16 * 1024;

/// The number of chunks that a thread keeps for reuse. One flush uses few chunks at a time.
const KEPT: usize = 8;

/// The largest capacity of a chunk that is kept: twice the size of a full chunk, because `Vec::reserve` can
/// double a chunk's capacity.
const LARGEST_KEPT: usize = 2 * CHUNK_BYTES;

thread_local! {
    static POOL: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn take() -> Vec<u8> {
    POOL.with_borrow_mut(Vec::pop).unwrap_or_default()
}

pub(super) fn give_back(mut chunk: Vec<u8>) {
    chunk.clear();
    // A thread that is ending no longer has a pool. The chunk is then freed.
    let _ = POOL.try_with(|pool| {
        let mut pool = pool.borrow_mut();
        if pool.len() < KEPT && chunk.capacity() <= LARGEST_KEPT {
            pool.push(chunk);
        }
    });
}
