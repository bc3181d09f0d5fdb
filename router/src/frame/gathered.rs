//! The bytes of a message that has a buffer of its own: a fragmented or inflated message, or one that is
//! split across reads. The buffer is counted as held memory.

use super::Violation;
use crate::memory::{self, Charge};
use std::ops::Deref;

#[derive(Debug, Default)]
pub(crate) struct Gathered {
    bytes: Vec<u8>,
    charge: Charge,
}

impl Gathered {
    /// The size in memory.
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Reserves space for exactly `more` bytes. Fails if the server's memory is used up, unless the message
    /// is small.
    pub(crate) fn reserve(&mut self, more: usize) -> Result<(), Violation> {
        if self.bytes.len() + more > memory::SMALL && memory::is_full() {
            return Err(Violation::OUT_OF_MEMORY);
        }
        self.bytes.reserve_exact(more);
        self.charge.set(self.bytes.capacity());
        Ok(())
    }

    /// Appends bytes for which space is already reserved.
    pub(crate) fn append(&mut self, bytes: &[u8]) {
        debug_assert!(self.bytes.len() + bytes.len() <= self.bytes.capacity());
        self.bytes.extend_from_slice(bytes);
    }
}

impl Deref for Gathered {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl PartialEq for Gathered {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Gathered {}

#[cfg(test)]
impl<T: AsRef<[u8]>> PartialEq<T> for Gathered {
    fn eq(&self, other: &T) -> bool {
        self.bytes == other.as_ref()
    }
}
