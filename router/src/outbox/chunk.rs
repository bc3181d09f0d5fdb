//! The buffers of the cork. They are taken and given back by value: no borrow of the thread's pool
//! is ever held over other code.

use std::cell::RefCell;

/// A chunk is full at this many bytes. A message of this size goes beside the cork: uncopied if it
/// is owned, and otherwise as a chunk of its own.
pub(super) const CHUNK: usize = 16 * 1024;

/// What a thread keeps for reuse: one flush uses few chunks at a time.
const KEPT: usize = 8;

/// The most that a chunk which is kept has room for: twice a full one, since it grew by doubling.
const LARGEST_KEPT: usize = 2 * CHUNK;

thread_local! {
    static POOL: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn take() -> Vec<u8> {
    POOL.with_borrow_mut(Vec::pop).unwrap_or_default()
}

pub(super) fn give_back(mut chunk: Vec<u8>) {
    chunk.clear();
    // A thread that is ending has no pool any more: then the chunk is just freed.
    let _ = POOL.try_with(|pool| {
        let mut pool = pool.borrow_mut();
        if pool.len() < KEPT && chunk.capacity() <= LARGEST_KEPT {
            pool.push(chunk);
        }
    });
}
