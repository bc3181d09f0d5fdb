//! The read buffer: one per thread, not one per connection.

use std::{
    cell::Cell,
    ops::{Deref, DerefMut},
};

/// The size of a buffer, in bytes.
pub(super) const SIZE: usize = 64 * 1024;

thread_local! {
    static SPARE: Cell<Option<Box<[u8; SIZE]>>> = const { Cell::new(None) };
}

/// The thread's buffer, in use by a connection. A connection keeps its buffer while a handler is
/// pending, and the thread then allocates another buffer for the next connection that reads. An idle
/// connection owns no buffer.
pub(super) struct Buffer {
    /// `Some` until `self` is dropped.
    bytes: Option<Box<[u8; SIZE]>>,
    filled: usize,
}

impl Buffer {
    pub(super) fn take() -> Self {
        let bytes = SPARE
            .take()
            .or_else(|| vec![0; SIZE].into_boxed_slice().try_into().ok());
        Self { bytes, filled: 0 }
    }

    /// The whole buffer, to read into.
    pub(super) fn space(&mut self) -> &mut [u8] {
        self.bytes.as_deref_mut().map_or(&mut [], |bytes| bytes)
    }

    pub(super) fn set_filled(&mut self, filled: usize) {
        self.filled = filled;
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes
            .as_deref()
            .map_or(&[], |bytes| &bytes[..self.filled])
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        let filled = self.filled;
        &mut self.space()[..filled]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // Fails only while the thread exits, and then the buffer is freed.
        let _ = SPARE.try_with(|spare| spare.set(self.bytes.take()));
    }
}
