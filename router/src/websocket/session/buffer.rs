//! The read buffer: one a thread, not one a connection.

use std::{
    cell::Cell,
    ops::{Deref, DerefMut},
};

/// The size of a buffer.
pub(super) const SIZE: usize = 64 * 1024;

thread_local! {
    static SPARE: Cell<Option<Box<[u8; SIZE]>>> = const { Cell::new(None) };
}

/// The thread's buffer, checked out. A handler that waits keeps it, and the thread makes itself
/// another: only such connections own one.
pub(super) struct Buffer {
    /// There until it is dropped.
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
        // A thread that is ending takes nothing back.
        let _ = SPARE.try_with(|spare| spare.set(self.bytes.take()));
    }
}
